"""What to draw: a recipe, read from TOML, that refuses words it does not know."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError

Range = tuple[float, float]
SETS = (
    "parallel", "conjugate", "horst-graben", "relay", "branching", "crossing",
    "polygonal", "thrust", "growth", "random",
)  # fmt: skip
WAVELETS = ("ricker", "ormsby", "klauder", "gauss")
LIMITS: dict[str, Range] = {
    "faults": (0, 60), "throw": (0.01, 200), "dip": (15, 89.9), "undulation": (0, 30),
    "fold_slope": (1e-4, 2), "tilt": (0, 2), "bed": (0.3, 100), "facies": (0, 1), "sampling": (0.2, 20),
    "peak": (0.01, 0.4), "octaves": (0.5, 5), "absorption": (0, 0.8), "blur": (0.01, 10),
    "migration_dip": (10, 89), "signal_to_noise_db": (-20, 80), "tails": (2.1, 1000), "scattered": (0, 1),
}  # fmt: skip
"""What a range may lie in."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Ranges that a drawn cube's geology, imaging and noise come from.

    A pair is a range, drawn from evenly unless it says otherwise; lengths and slopes of faults are in
    samples (of time or depth) along all axes, angles in degrees of the ground, frequencies in cycles per
    sample; a single number is the share of cubes that have the feature, between 0 and 1.
    """

    shape: tuple[int, int, int] = (128, 128, 128)
    """Inlines, crosslines, samples of one cube; a single inline draws 2-D sections."""
    seed: int = 1
    sampling: Range = (0.6, 12.0)
    """Distance of traces in samples, drawn evenly in its logarithm: 25 m and 4 ms are about 5."""

    unfaulted: float = 0.12
    """Without any fault: look-alikes only."""
    faults: tuple[int, int] = (2, 14)
    """Number of faults of a faulted cube that is as deep as wide; wider ones have more."""
    sets: tuple[str, ...] = SETS
    """Families of fault sets, one drawn for each cube."""
    throw: Range = (1.5, 32.0)
    """Largest vertical offset of a fault, drawn evenly in its logarithm."""
    dip: Range = (45.0, 88.0)
    """Dip of normal and oblique faults."""
    undulation: Range = (0.0, 5.0)
    """How far a surface waves, along its strike and down its dip."""
    reverse: float = 0.1
    """Share of faults that are reverse (thrusts always are)."""
    oblique: float = 0.15
    """Share of faults that slip along their strike too."""
    listric: float = 0.35
    """Share of faults that flatten downwards."""
    growing: float = 0.2
    """Share of faults that moved while beds were laid down: throw grows with depth."""
    drag: float = 0.4
    """Share of faults beside which beds bend."""
    damage: float = 0.4
    """Share of faults in a zone of broken, dim rock."""

    fold_slope: Range = (0.02, 1.0)
    """Steepest dip of the folded beds, samples per trace, drawn evenly in its logarithm."""
    tilt: Range = (0.0, 0.7)
    """Regional dip of half of the cubes, samples per trace, beside that of the folds."""
    bed: Range = (1.0, 7.0)
    """Mean thickness of a bed, drawn evenly in its logarithm."""
    tails: Range = (3.0, 30.0)
    """Degrees of freedom of the beds' contrasts (Student): few are heavy tails."""
    facies: Range = (0.0, 0.45)
    """How much the beds change along themselves."""
    unconformity: float = 0.35
    channels: float = 0.35
    mounds: float = 0.15
    clinoforms: float = 0.15
    salt: float = 0.1
    gas: float = 0.15
    """A dim, sagging column."""

    wavelets: tuple[str, ...] = WAVELETS
    peak: Range = (0.05, 0.28)
    """Peak frequency of the wavelet at the top, drawn evenly in its logarithm."""
    octaves: Range = (1.2, 2.6)
    """Bandwidth of the wavelet; a Ricker has its own."""
    rotated: float = 0.5
    """Any phase; the others are within 30 degrees of zero or of reversed polarity."""
    absorption: Range = (0.0, 0.45)
    """Share by which absorption lowers the peak from top to base."""
    blur: Range = (0.3, 1.8)
    """Standard deviation of the lateral resolution in traces, drawn evenly in its logarithm."""
    migration_dip: Range = (35.0, 80.0)
    """Steepest dip that the imaging keeps."""
    illumination: float = 0.3
    """Uneven light from above, and shadow under large faults."""

    signal_to_noise_db: Range = (-2.0, 20.0)
    """Ratio of rms amplitudes."""
    scattered: Range = (0.2, 1.0)
    """Share of the noise that was migrated with the signal; the rest is each trace's own."""
    multiples: float = 0.25
    smiles: float = 0.15
    linear: float = 0.15
    footprint: float = 0.2
    gain: float = 0.5
    agc: float = 0.2
    clip: float = 0.2
    eight_bit: float = 0.1
    dead_traces: float = 0.15
    """Some traces dead or scaled."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in LIMITS:
                _check_range(field.name, value)
            elif isinstance(field.default, float) and not _is_share(value):
                raise OdfaultError(f"recipe: {field.name} = {value} is no share", "stay between 0 and 1")
        if len(self.shape) != 3 or not all(isinstance(n, int) for n in self.shape):
            raise OdfaultError(f"recipe: shape = {self.shape}", "give three whole numbers")
        if min(self.shape[1:]) < 16 or (self.shape[0] < 16 and self.shape[0] != 1) or max(self.shape) > 4096:
            raise OdfaultError(
                f"recipe: shape = {self.shape}", "give 16 to 4096 of each; 1 inline for a section"
            )
        _check_words("sets", self.sets, SETS)
        _check_words("wavelets", self.wavelets, WAVELETS)
        if not isinstance(self.seed, int) or self.seed < 0:
            raise OdfaultError(f"recipe: seed = {self.seed}", "give a whole number, not negative")


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _check_range(name: str, value: object) -> None:
    least, most = LIMITS[name]
    pair = value if isinstance(value, tuple) else ()
    whole = name == "faults"
    kind = int if whole else int | float
    if len(pair) != 2 or not all(isinstance(n, kind) and math.isfinite(n) for n in pair):
        words = "two whole numbers" if whole else "two numbers"
        raise OdfaultError(f"recipe: {name} = {value} is no range", f"give {words}, low first")
    low, high = pair
    if not least <= low <= high <= most:
        raise OdfaultError(
            f"recipe: {name} = {low}, {high} is impossible",
            f"give two numbers, low first, between {least} and {most}",
        )


def _check_words(name: str, words: object, known: tuple[str, ...]) -> None:
    if not isinstance(words, tuple) or not words or (unknown := set(words) - set(known)):
        problem = f"unknown {name} {sorted(unknown)}" if isinstance(words, tuple) and words else f"no {name}"
        raise OdfaultError(f"recipe: {problem}", f"give some of {', '.join(known)}")


def read_recipe(name: str | Path) -> Recipe:
    """Read a recipe by the name of a shipped one or by the path of a TOML file.

    Raises
    ------
    OdfaultError
        If there is no such recipe, or it has words or numbers that make no sense.
    """
    return make_recipe(read_table(name, "odfault_synthetic"))


def shipped_recipes(package: str = "odfault_synthetic") -> list[str]:
    """Names of the recipes that come with a package."""
    folder = resources.files(package).joinpath("recipes")
    return sorted(path.name[:-5] for path in folder.iterdir() if path.name.endswith(".toml"))


def read_table(name: str | Path, package: str) -> dict[str, Any]:
    """Read the TOML of a package's shipped recipe by its name, or of a file by its path; lists as tuples."""
    shipped = resources.files(package).joinpath("recipes", f"{name}.toml")
    path = Path(name)
    if not path.is_file() and not shipped.is_file():
        raise OdfaultError(
            f"no recipe {name}", f"give a TOML file or one of {', '.join(shipped_recipes(package))}"
        )
    try:
        text = path.read_text("utf-8") if path.is_file() else shipped.read_text("utf-8")
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OdfaultError(f"{name} is not TOML ({error})", "mend the line") from error
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def make_recipe(table: dict[str, object]) -> Recipe:
    """Turn a table of values into a recipe, refusing names that no recipe has."""
    known = {field.name for field in dataclasses.fields(Recipe)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise OdfaultError(
            f"recipe: unknown keys {', '.join(unknown)}", f"known are {', '.join(sorted(known))}"
        )
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    try:
        return Recipe(**values)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise OdfaultError(f"recipe: {error}", "compare with the shipped recipes") from error
