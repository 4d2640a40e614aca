"""The faults of a store are those of the SEG-Y file of the same survey; only our own files are replaced."""

import numpy as np
import pytest
import zarr
from make_segy import make_segy
from planes import plane

import odfault
from odfault.chunked.convert import convert
from odfault.chunked.library import consolidate
from odfault.cli import main
from odfault.surfaces import command

SHAPE = 150, 36, 60
TEXTS = ("faults.csv", "opendtect.txt", "petrel.txt", "sticks.txt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="module")
def source(folder):
    """Make two planes that cross, in a survey with holes and repeats, larger than the footprint of a file."""
    volume = np.maximum(plane(SHAPE, 5, 70), plane(SHAPE, 95, 60))
    words = {"sample_format": 1, "holes": [(0, 0), (3, 4)], "repeats": [(5, 6)], "order": "crossline"}
    return make_segy(folder / "prob.sgy", volume, **words)


@pytest.fixture(scope="module")
def store(source):
    return convert(source, source.with_name("prob.zarr")).out


@pytest.fixture(scope="module")
def found(source):
    """Find those of the file once; what is there is only read."""
    report = odfault.faults(source, source.parent / "found", velocity=2500, every=5)
    assert len(report.faults) == 2
    return report


def read_all(out, names=TEXTS):
    return {name: (out / name).read_bytes() for name in names}


@pytest.mark.parametrize("ending", ["zarr", "mdio"])
def test_sticks_table_and_numbers_are_the_same_bytes(tmp_path, source, found, ending):
    convert(source, tmp_path / f"prob.{ending}")
    report = odfault.faults(tmp_path / f"prob.{ending}", tmp_path / "out", velocity=2500, every=5)
    assert report.faults == found.faults
    assert read_all(report.out) == read_all(found.out)
    names = {*TEXTS, "rose.png", "sticks.png", f"faults.{ending}"}
    assert {path.name for path in report.out.iterdir()} == names
    convert(report.out / f"faults.{ending}", tmp_path / "faults.sgy")
    assert (tmp_path / "faults.sgy").read_bytes() == (found.out / "faults.sgy").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {f"prob.{ending}", "out", "faults.sgy"}


def test_a_store_without_segy_headers_has_the_same_faults(tmp_path, store, found):
    """As another program would write it: lines, coordinates and samples alone."""
    mine = zarr.open_group(store, mode="r")
    other = zarr.create_group(tmp_path / "other.zarr")
    for name in ("inline", "crossline", "time", "cdp_x", "cdp_y", "trace_mask", "amplitude"):
        names = mine[name].metadata.dimension_names
        laid = other.create_array(name, data=mine[name][...], dimension_names=names)
        laid.attrs.update(mine[name].attrs)
    report = odfault.faults(tmp_path / "other.zarr", tmp_path / "out", velocity=2500, every=5)
    assert read_all(report.out) == read_all(found.out)
    with pytest.raises(odfault.OdfaultError, match="no SEG-Y headers"):
        convert(report.out / "faults.zarr", tmp_path / "faults.sgy")


@pytest.mark.parametrize("across", [False, True])
def test_a_line_in_a_store_has_the_faults_of_the_line(tmp_path, across):
    section = plane((1, 90, 60), 0, 60) if not across else plane((90, 1, 60), 90, 60)
    source = make_segy(tmp_path / "line.sgy", section, sample_format=5)
    convert(source, tmp_path / "line.zarr")
    one = odfault.faults(source, tmp_path / "one", smallest=10)
    two = odfault.faults(tmp_path / "line.zarr", tmp_path / "two", smallest=10)
    assert one.faults == two.faults
    assert read_all(one.out) == read_all(two.out)


def test_a_store_says_itself_that_its_samples_are_depths(tmp_path, source):
    convert(source, tmp_path / "deep.zarr", depth=True)
    told = odfault.faults(source, tmp_path / "one", depth=True)
    assert odfault.faults(tmp_path / "deep.zarr", tmp_path / "two").faults == told.faults
    assert read_all(tmp_path / "two") == read_all(tmp_path / "one")
    assert "depth" in zarr.open_group(tmp_path / "two" / "faults.zarr")
    with pytest.raises(odfault.OdfaultError, match="velocity"):
        odfault.faults(tmp_path / "deep.zarr", tmp_path / "three", velocity=2500)
    zarr.open_group(tmp_path / "deep.zarr", mode="r+")["depth"].attrs["units"] = "ft"
    consolidate(tmp_path / "deep.zarr")
    with pytest.raises(odfault.OdfaultError, match="samples in ft"):
        odfault.faults(tmp_path / "deep.zarr", tmp_path / "three")


def test_sticks_are_drawn_over_seismic_in_a_store(tmp_path, source, store, monkeypatch):
    drawn = []
    monkeypatch.setattr(command, "draw_sticks", lambda over, *_, **__: drawn.append(over.path))
    odfault.faults(source, tmp_path / "out", seismic=store)
    assert drawn == [store]


def test_replacing_leaves_one_survey_of_numbers(tmp_path, source, store):
    for prob, name in ((source, "faults.sgy"), (store, "faults.zarr")) * 2:
        odfault.faults(prob, tmp_path / "out", replace=True)
        assert [path.name for path in (tmp_path / "out").glob("faults.[sz]*")] == [name]


def test_what_would_harm_a_store_is_refused_in_one_line(tmp_path, store, refused_faults):
    refused_faults(store, store, "store")
    refused_faults(store, store / "found", "in the input")
    refused_faults(store, tmp_path / "new.zarr", "store")
    theirs = tmp_path / "out" / "faults.zarr"
    theirs.mkdir(parents=True)
    (theirs / "thesis.txt").write_text("ten years")
    refused_faults(store, tmp_path / "out", "is there already")
    refused_faults(store, tmp_path / "out", "another's folder", "--replace")
    assert (theirs / "thesis.txt").read_text() == "ten years"


@pytest.fixture
def refused_faults(capsys):
    def refused(prob, out, said, *words):
        before = sorted(path for path in prob.rglob("*"))
        assert main(["faults", str(prob), str(out), "--progress", "none", *words]) == 2
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1
        assert sorted(path for path in prob.rglob("*")) == before

    return refused
