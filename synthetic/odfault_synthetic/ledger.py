"""A HDF5 file that is whole at any moment: what is written waits in memory and comes in by one step.

    |...... whole ......|                               at rest
    |...... whole ......|new bytes|changes|trailer|     first all is appended, and is safe on the disk
    |...... w*o*e ......|new bytes|changes|trailer|     then the changes are made where they belong
    |............ whole ..........|                     then the rest is cut away

Killed in the first line's way to the second, the file is the old one with a torn tail, which is cut away when
it is opened again; killed later, it is the new one, since its changes are found behind it.
"""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError
from odfault_synthetic.disk import lock, write_all

TRAILER = struct.Struct("<8sQQI")
"""A magic word, the size before and after, the checksum of all between the first and the trailer."""
CHANGE = struct.Struct("<QQ")
"""Where, and how many bytes, which follow."""
MAGIC = b"odfault\x01"
SIGNATURE = b"\x89HDF\r\n\x1a\n"


class Ledger(io.RawIOBase):
    """A HDF5 file for ``h5py.File``; what is written to it reaches the disk with ``commit``.

    Parameters
    ----------
    path : Path
        A HDF5 file of the oldest kind (superblock 0 or 1), as h5py makes it if nothing else is asked.
    writing : bool
        Whether to write; then no other run may.

    Raises
    ------
    OdfaultError
        If it is no such file, is cut off, or in use by another program.
    """

    def __init__(self, path: Path, *, writing: bool = False) -> None:
        super().__init__()
        self.path = path
        self._file: io.FileIO = path.open("r+b" if writing else "rb", buffering=0)
        self._at, self._size = 0, 0
        self._tail, self._changes = bytearray(), list[tuple[int, bytes]]()
        try:
            if writing:
                lock(self._file, path)
            self._recover()
            if writing:
                self._settle()
        except BaseException:
            self._file.close()
            raise

    def commit(self) -> None:
        """Bring what was written into the file, all or nothing.

        Raises
        ------
        OSError
            If the disk is full or broken; the file is what it was before, or becomes whole when it is opened.
        """
        changes = b"".join(CHANGE.pack(at, len(piece)) + piece for at, piece in self._changes)
        after = self._size + len(self._tail)
        checksum = zlib.crc32(changes, zlib.crc32(self._tail))
        try:
            self._file.seek(self._size)
            for piece in (self._tail, changes, TRAILER.pack(MAGIC, self._size, after, checksum)):
                write_all(self._file, piece)
            os.fsync(self._file.fileno())
        except BaseException:
            self._undo()
            raise
        self._size, self._tail = after, bytearray()
        self._settle()

    def _undo(self) -> None:
        """Cut away what is behind the file."""
        with contextlib.suppress(OSError):
            self._file.truncate(self._size)

    def _settle(self) -> None:
        """Make the changes where they belong, and cut away what is behind the file."""
        for at, piece in self._changes:
            self._file.seek(at)
            write_all(self._file, piece)
        if self._changes:
            os.fsync(self._file.fileno())
        self._file.truncate(self._size)
        self._changes = []

    def _recover(self) -> None:
        """Find the size of the file, and the changes that were not made yet."""
        end = self._file.seek(0, os.SEEK_END)
        if end >= TRAILER.size:
            magic, before, after, checksum = TRAILER.unpack(self._read_at(end - TRAILER.size, TRAILER.size))
            if magic == MAGIC and before <= after <= end - TRAILER.size:
                added = self._read_at(before, end - TRAILER.size - before)
                if zlib.crc32(added) == checksum:
                    self._size, self._changes = after, _unpack(added[after - before :])
                    return
        head = self._read_at(0, 48)
        if len(head) < 48 or head[:8] != SIGNATURE or head[8] > 1:
            raise OdfaultError(f"{self.path} is not an HDF5 file of odfault-synth", "give another name")
        self._size = int.from_bytes(head[40:48], "little")
        if self._size > end:
            raise OdfaultError(f"{self.path} is cut off", "copy it again, or draw it anew")

    def _read_at(self, at: int, length: int) -> bytes:
        self._file.seek(at)
        return bytes(self._file.read(length) or b"")

    def readinto(self, buffer: Any) -> int:
        """Read as if all changes had been made."""
        view = memoryview(buffer).cast("B")
        at, wanted = self._at, max(0, min(len(view), self._size + len(self._tail) - self._at))
        settled = max(0, min(wanted, self._size - at))
        self._file.seek(at)
        done = 0
        while done < settled:
            got = self._file.readinto(view[done:settled])
            if not got:
                raise OSError(f"{self.path} ends too early")
            done += got
        begin = at + settled - self._size
        view[settled:wanted] = self._tail[begin : begin + wanted - settled]
        for there, piece in self._changes:
            low, high = max(there, at), min(there + len(piece), at + wanted)
            if low < high:
                view[low - at : high - at] = piece[low - there : high - there]
        self._at += wanted
        return wanted

    def write(self, buffer: Any) -> int:
        """Keep it in memory until ``commit``."""
        piece = bytes(memoryview(buffer).cast("B"))
        inside = max(0, min(len(piece), self._size - self._at))
        if inside:
            self._changes.append((self._at, piece[:inside]))
        begin = self._at + inside - self._size
        if len(piece) > inside:
            self._tail.extend(bytes(max(0, begin - len(self._tail))))
            self._tail[begin : begin + len(piece) - inside] = piece[inside:]
        self._at += len(piece)
        return len(piece)

    def truncate(self, size: int | None = None) -> int:
        """Let the file end there; it never becomes smaller than it is on the disk."""
        length = (self._at if size is None else size) - self._size
        if length < 0:
            raise OSError("a ledger only grows")
        self._tail = self._tail[:length] + bytes(max(0, length - len(self._tail)))
        return self._size + length

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        end = self._size + len(self._tail)
        self._at = offset + (0, self._at, end)[whence]
        return self._at

    def tell(self) -> int:
        """Tell the place."""
        return self._at

    def close(self) -> None:
        """Close the file; what was not committed is forgotten."""
        self._file.close()
        super().close()


def _unpack(changes: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(changes):
        there, length = CHANGE.unpack_from(changes, at)
        at += CHANGE.size + length
        found.append((there, changes[at - length : at]))
    return found
