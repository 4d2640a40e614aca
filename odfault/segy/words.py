"""What a user knows of a SEG-Y file better than its headers tell: words that several jobs take."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Self

from odfault.errors import OdfaultError


@dataclasses.dataclass(frozen=True, kw_only=True)
class HeaderWords:
    """The words of a job that reads SEG-Y; found out where they are left out.

    Attributes
    ----------
    inline_byte, crossline_byte : int, optional
        Where the trace headers hold the line numbers, counted from 1.
    big_endian : bool, optional
        Byte order.
    sample_format, n_samples : int, optional
        Code of the sample format; samples of a trace.
    """

    inline_byte: int | None = None
    crossline_byte: int | None = None
    big_endian: bool | None = None
    sample_format: int | None = None
    n_samples: int | None = None

    @classmethod
    def of(cls, job: str, words: Mapping[str, Any]) -> Self:
        """Take the words that a job was given.

        Raises
        ------
        OdfaultError
            If it does not know one of them, or one makes no sense.
        """
        try:
            return cls(**words)
        except TypeError as error:
            known = f"{cls.__module__}.{cls.__name__}"
            raise OdfaultError(f"{job}: {error}", f"see {known} for the words") from error


HEADER_WORDS = tuple(field.name for field in dataclasses.fields(HeaderWords))
"""What may be known of a file better than its headers say."""
