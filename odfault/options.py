"""How to run: what the user chose."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from odfault.engine import Engine, check_engine
from odfault.errors import OdfaultError
from odfault.inference import most_samples
from odfault.lens import ScaleWord, check_view
from odfault.model import PRECISIONS, Precision
from odfault.segy.words import HeaderWords


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(HeaderWords):
    """How to run; the words of ``odfault run``.

    Attributes
    ----------
    model : str, optional
        Name or path of the network; ``fault3d`` for volumes and ``fault2d`` for lines when left out;
        ``denoise2d`` takes noise away instead.
    direction : str
        ``inline`` or ``crossline``: the sections that a 2-D network looks at.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``.
    engine : str
        What computes: ``tensorflow``, ``openvino`` or ``onnxruntime``; ``auto`` takes the fastest.
    batch : int
        Windows in a call of the network.
    memory_gb : float
        Memory that the process may take.
    scale : float, tuple of float or str, optional
        Samples that the network sees for one of the survey, lateral and vertical; ``auto`` chooses by the
        survey's frequencies. The model's own when left out.
    average : str, optional
        ``none``, or answers averaged over ``flips``, ``scales`` or ``all`` of them. The model's own when left
        out.
    thin : bool
        Leave the crests of faults only: the probability there, 0 elsewhere.
    inlines, crosslines : tuple of int, optional
        First and last line number to answer; the output holds these traces only.
    z_ms : tuple of float, optional
        First and last time (or depth, in the file's unit) to answer; the output is 0 outside.
    familiar : Path, optional
        SEG-Y file to write beside: 1 where the survey is such as the network learned from, 0 where it is not.
    depth : bool
        Samples are depths in metres; a chunked store says so.
    inline_byte, crossline_byte, big_endian, sample_format, n_samples
        What is known better than the headers say, see ``HeaderWords``.
    """

    model: str | Path | None = None
    direction: str = "inline"
    precision: Precision = "auto"
    engine: Engine = "auto"
    batch: int = 1
    memory_gb: float = 4.0
    scale: ScaleWord = None
    average: str | None = None
    thin: bool = False
    inlines: tuple[int, int] | None = None
    crosslines: tuple[int, int] | None = None
    z_ms: tuple[float, float] | None = None
    familiar: str | Path | None = None
    depth: bool = False

    def __post_init__(self) -> None:
        if self.direction not in ("inline", "crossline"):
            raise OdfaultError(f"unknown direction {self.direction}", "give inline or crossline")
        if self.precision not in PRECISIONS:
            raise OdfaultError(f"unknown precision {self.precision}", f"give one of {', '.join(PRECISIONS)}")
        check_engine(self.engine, self.precision)
        most_samples(self.memory_gb, self.batch)
        check_view(self.scale, self.average)
