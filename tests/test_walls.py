"""The house has walls: no import runs in a circle or upstairs, and each heavy library has its room."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {
    "tensorflow": {"model", "network", "explain.gradients"},
    "keras": {"model", "network", "explain.gradients"},
    "jax": {"model", "network", "explain.gradients"},
    "numba": {"kernels", "thinning", "surfaces.facing"},
    "segyio": {"segy.*"},
    "matplotlib": {"draw", "surfaces.picture"},
    "tqdm": {"progress"},
    "PIL": {"picture.read", "picture.render", "page.pixels"},
    "cv2": {"picture.vision"},
    "pypdfium2": {"picture.paper"},
    "onnx": {"export.sheet"},
    "openvino": {"runtimes"},
    "onnxruntime": {"runtimes"},
    "h5py": set(),
    "torch": set(),
    "fastapi": {"page.app", "page.command"},
    "starlette": {"page.app"},
    "pydantic": {"page.app"},
    "uvicorn": {"page.command"},
    "dask": {"cluster.door"},
    "distributed": {"cluster.door", "cluster.local"},
}
"""Which modules of odfault may import what."""
PRODUCERS = {"odfault_synthetic", "odfault_training"}
HEAVY = (
    "tensorflow",
    "keras",
    "jax",
    "numba",
    "llvmlite",
    "scipy",
    "matplotlib",
    "segyio",
    "h5py",
    "PIL",
    "cv2",
    "fastapi",
    "uvicorn",
    "distributed",
    "onnx",
    "onnxruntime",
    "openvino",
)


def modules(package):
    """List a package's modules: name to syntax tree."""
    folder = {"odfault": ".", "odfault_synthetic": "synthetic", "odfault_training": "training"}[package]
    home = ROOT / folder / package
    names = {path: ".".join(path.relative_to(home).with_suffix("").parts) for path in home.rglob("*.py")}
    return {name: ast.parse(path.read_text("utf-8")) for path, name in names.items()}


def imports(tree, *, when_run=True):
    """List what a module imports, anywhere in it or, when it is loaded, at once."""
    found = set()
    nodes = list(ast.walk(tree)) if when_run else list(_at_once(tree.body))
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their package"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("import_module", "__import__")
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(node.args[0].value)
    return found


def _at_once(body):
    """Walk the statements that run when a module is loaded: not functions, and not what is for types only."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            for name in ("body", "orelse", "handlers", "finalbody"):
                yield from _at_once(getattr(node, name, []))


ODFAULT = modules("odfault")


def test_the_walls_are_looked_at():
    assert {"batch", "tiling", "kernels", "model", "cli", "segy.survey", "host.door", "draw"} <= set(ODFAULT)
    assert "keras" in imports(ODFAULT["model"])
    assert "keras" not in imports(ODFAULT["model"], when_run=False)
    assert "odfault.tiling" in imports(ODFAULT["inference"], when_run=False)


def test_no_import_runs_in_a_circle():
    inside = {
        name: {part.removeprefix("odfault.") for part in imports(tree)} & set(ODFAULT)
        for name, tree in ODFAULT.items()
        if not name.endswith("__init__")
    }
    order = list(graphlib.TopologicalSorter(inside).static_order())
    assert order.index("errors") < order.index("kernels") < order.index("inference") < order.index("batch")
    assert order.index("batch") < order.index("cli")


@pytest.mark.parametrize("name", sorted(ODFAULT))
def test_odfault_needs_neither_producer(name):
    assert not {part.split(".")[0] for part in imports(ODFAULT[name])} & PRODUCERS


def test_data_are_made_without_the_training():
    for name, tree in modules("odfault_synthetic").items():
        assert not {part for part in imports(tree) if part.startswith("odfault_training")}, name


@pytest.mark.parametrize("library", ROOMS)
def test_each_heavy_library_has_its_room(library):
    inside = {
        name for name, tree in ODFAULT.items() if library in {part.split(".")[0] for part in imports(tree)}
    }
    strangers = {name for name in inside if not any(Path(name).match(room) for room in ROOMS[library])}
    assert not strangers


def test_no_module_has_the_name_of_a_public_function():
    import odfault

    assert not {name for name in odfault.__all__ if name in ODFAULT}
    for name in ("batch", "inference", "model"):
        __import__(f"odfault.{name}")
    assert all(callable(getattr(odfault, name)) for name in ("predict", "run", "OdfaultError"))


@pytest.mark.parametrize(
    "words",
    [
        "import odfault",
        "from odfault.cli import main; main(['--version'])",
        "from odfault.cli import main; main(['--help'])",
        "from odfault.cli import main; main(['run', '--help'])",
        "from odfault.cli import main; main(['picture', '--help'])",
        "from odfault.cli import main; main(['run', 'a.sgy'])",
        "from odfault.cli import main; main(['faults', '--help'])",
        "from odfault.cli import main; main(['page', '--help'])",
        "from odfault.cli import main; main(['export', '--help'])",
        "from odfault.cli import main; main(['export', 'fault3d', 'a.zip'])",
        "from odfault.cli import main; main(['explain', '--help'])",
        "from odfault.cli import main; main(['explain', 'a.sgy', 'b.txt'])",
        "from odfault.cli import main; main(['open', 'no.png'])",
    ],
)
def test_help_is_given_without_any_heavy_library(words):
    check = f"""
import sys
try:
    {words}
except SystemExit as end:
    assert not end.code, end.code
heavy = {HEAVY!r}
assert not [name for name in heavy if name in sys.modules], sorted(set(heavy) & set(sys.modules))
"""
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_answering_an_array_needs_neither_segy_nor_pictures():
    words = (
        "import sys, odfault; odfault.predict; print({'segyio', 'matplotlib', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


SYNTHETIC = modules("odfault_synthetic")
SYNTHETIC_ROOMS = {
    "numba": {"strain", "lay", "bodies", "sound", "warp", "sinc", "coherence", "sight"},
    "h5py": {"store", "layout", "ledger", "disk"},
    "segyio": {"survey"},
    "matplotlib": {"sheet", "portrait"},
    "tensorflow": set(),
    "keras": set(),
    "odfault_training": set(),
}


@pytest.mark.parametrize("library", sorted(SYNTHETIC_ROOMS))
def test_the_generator_has_rooms_too(library):
    users = {
        name
        for name, tree in SYNTHETIC.items()
        if any(word == library or word.startswith(f"{library}.") for word in imports(tree))
    }
    assert users <= SYNTHETIC_ROOMS[library]


def test_no_import_of_the_generator_runs_in_a_circle():
    inside = {
        name: {part.removeprefix("odfault_synthetic.") for part in imports(tree)} & set(SYNTHETIC)
        for name, tree in SYNTHETIC.items()
    }
    assert list(graphlib.TopologicalSorter(inside).static_order())
