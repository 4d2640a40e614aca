"""A survey is the same survey in a chunked store: its samples, lines, headers, and what is found in it."""

import json
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray
import zarr
from make_segy import cube, make_segy, mute_trace_words, patch
from stand_in import Network
from test_batch import decode_ibm

import odfault
from odfault.chunked import samples
from odfault.chunked.convert import convert
from odfault.chunked.library import part_file
from odfault.chunked.reading import StoreSurvey
from odfault.chunked.shapes import chunk_shape, shard_shape
from odfault.cli import main
from odfault.segy.output import SegyWriter
from odfault.segy.survey import SegySurvey

HERE = Path(__file__).parent
CHANCE = np.random.default_rng(17)
VALUES = (100 * CHANCE.standard_normal((70, 66, 40))).astype(np.float32)
SMALL = 310_000
"""Samples of windows so small that there are several tiles."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Make a survey with much that is odd: IBM floats, holes, repeats, a torn tail, a dead trace."""
    values = VALUES.copy()
    values[8, 9] = 0
    values[10, 11, 5:9] = 0
    words = {"holes": [(0, 0), (3, 4), *((9, j) for j in range(66))], "repeats": [(5, 6), (69, 65), (5, 6)]}
    path = tmp_path_factory.mktemp("odd") / "in.sgy"
    return make_segy(path, values, sample_format=1, order="crossline", extended=1, tail=b"torn", **words)


def unlike_ibm(path):
    """Put words into a file that float32 does not give back: large, not normal, two zeros, tiny."""
    data = bytearray(path.read_bytes())
    for at, word in enumerate((0x7FFFFFFF, 0x40000001, 0x80000000, 0x45000000, 0x01100000)):
        start = 3600 + 3200 + 240 + 777 * 4 * (40 + 60) + 4 * at
        data[start : start + 4] = word.to_bytes(4, "big")
    path.write_bytes(data)


@pytest.mark.parametrize("sample_format", [1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 16])
@pytest.mark.parametrize("big_endian", [True, False])
def test_a_file_that_goes_into_a_store_comes_out_byte_for_byte(tmp_path, sample_format, big_endian):
    values = cube(9, 7, 30) if sample_format not in (1, 5, 6) else VALUES[:9, :7, :30]
    source = make_segy(tmp_path / "in.sgy", values, sample_format=sample_format, big_endian=big_endian)
    known = {"sample_format": sample_format, "big_endian": big_endian}
    convert(source, tmp_path / "in.zarr", **known)
    convert(tmp_path / "in.zarr", tmp_path / "out.sgy")
    assert (tmp_path / "out.sgy").read_bytes() == source.read_bytes()
    stored = xarray.open_zarr(tmp_path / "in.zarr").amplitude
    np.testing.assert_allclose(stored.values, values, rtol=1e-6)


def test_what_is_odd_comes_back_too_from_store_to_store(tmp_path, odd):
    source = tmp_path / "odd.sgy"
    source.write_bytes(odd.read_bytes())
    unlike_ibm(source)
    convert(source, tmp_path / "a.zarr")
    convert(tmp_path / "a.zarr", tmp_path / "b.zarr")
    report = convert(tmp_path / "b.zarr", tmp_path / "out.sgy")
    assert (tmp_path / "out.sgy").read_bytes() == source.read_bytes()
    assert report.shape == VALUES.shape
    assert zarr.open_group(tmp_path / "b.zarr")["segy"].attrs["odd_words"] >= 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zarr", "b.zarr", "odd.sgy", "out.sgy"]


def test_ibm_floats_are_coded_as_segyio_codes_them(tmp_path):
    words = CHANCE.integers(0, 2**32, 40_000, dtype=np.uint32)
    power = (words >> 24) & 0x7F
    usual = words[(power > 35) & (power < 95) & (words & 0xF00000 > 0)]
    values = samples.from_ibm(usual)
    np.testing.assert_array_equal(values, decode_ibm(usual).astype(np.float32))
    np.testing.assert_array_equal(samples.to_ibm(values), usual)
    normal = np.frombuffer(CHANCE.bytes(40_000), "<f4")
    normal = normal[np.isfinite(normal) & (np.abs(normal) > 1e-30)][:4000]
    source = make_segy(tmp_path / "in.sgy", np.zeros((1, 1, len(normal)), np.float32), sample_format=1)
    with SegySurvey.open(source) as survey, SegyWriter(survey, source) as writer:
        writer.write(slice(0, 1), slice(0, 1), normal[None, None])
    coded = np.frombuffer(source.read_bytes()[3840:], ">u4")
    np.testing.assert_array_equal(samples.to_ibm(normal), coded)


@pytest.mark.parametrize("words", [{}, {"inlines": (110, 131), "crosslines": (310, 349), "z_ms": (20, 120)}])
def test_answers_are_the_same_whatever_they_come_from_and_go_to(tmp_path, odd, tiny3d, small, words):
    words = {"model": tiny3d, "precision": "float32", "network": Network(), **words}
    expected = tmp_path / "expected.sgy"
    reference = odfault.run(odd, expected, **words)
    convert(odd, tmp_path / "in.zarr")
    for source in (odd, tmp_path / "in.zarr"):
        report = odfault.run(source, tmp_path / "faults.zarr", **words)
        assert (report.live, report.odd, report.shape) == (reference.live, reference.odd, reference.shape)
        convert(tmp_path / "faults.zarr", tmp_path / "faults.sgy")
        assert (tmp_path / "faults.sgy").read_bytes() == expected.read_bytes()
    odfault.run(tmp_path / "in.zarr", tmp_path / "straight.sgy", **words)
    assert (tmp_path / "straight.sgy").read_bytes() == expected.read_bytes()
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob("*.old")) + list(tmp_path.glob("*.journal"))


def test_a_line_and_sections_along_crosslines_go_through_stores_too(tmp_path, tiny2d, small):
    words = {"model": tiny2d, "precision": "float32", "network": Network()}
    for values, more in (
        (VALUES[:1], {}),
        (VALUES[:, :1], {}),
        (VALUES, {"direction": "crossline"}),
        (None, {}),
    ):
        source = make_segy(tmp_path / "in.sgy", VALUES[:1] if values is None else values, sample_format=5)
        if values is None:  # a line whose traces are numbered down, and not evenly
            mute_trace_words(source, 40, 189, ">i", 0)
            for number in range(66):
                patch(source, 3600 + number * 400 + 193, ">i", 0)
                patch(source, 3600 + number * 400 + 21, ">i", 900 - number * number)
        odfault.run(source, tmp_path / "out.sgy", **words, **more)
        convert(source, tmp_path / "in.zarr")
        odfault.run(tmp_path / "in.zarr", tmp_path / "out.zarr", **words, **more)
        convert(tmp_path / "out.zarr", tmp_path / "again.sgy")
        assert (tmp_path / "again.sgy").read_bytes() == (tmp_path / "out.sgy").read_bytes()


def test_xarray_opens_it_with_names_coordinates_units_and_what_made_it(tmp_path, odd, tiny3d):
    network = Network()
    odfault.run(odd, tmp_path / "out.zarr", model=tiny3d, precision="float32", network=network)
    seen = xarray.open_zarr(tmp_path / "out.zarr")
    faults = seen.fault_probability
    assert faults.dims == ("inline", "crossline", "time")
    assert seen.inline.values[[0, -1]].tolist() == [100, 169]
    assert seen.crossline.values[[0, -1]].tolist() == [300, 365]
    assert (seen.time.values[1], seen.time.units) == (4.0, "ms")
    place = seen.sel(inline=105, crossline=307)
    assert (float(place.cdp_x), float(place.cdp_y)) == (700_000 + 12.5 * 5, 40_000 + 12.5 * 7)
    assert {"cdp_x", "cdp_y"} <= set(faults.coords)
    assert not seen.trace_mask.sel(inline=103, crossline=304)
    assert np.isnan(faults.sel(inline=103, crossline=304)).all()
    assert not faults.sel(inline=108, crossline=309).any()  # dead, and stays dead
    assert int(seen.trace_mask.sum()) == 70 * 66 - 68
    assert seen.made_by["model"] == "tiny3d"
    assert seen.made_by == json.loads((tmp_path / "out.zarr.json").read_text())
    with StoreSurvey(tmp_path / "out.zarr") as survey:
        assert (survey.delay_ms, survey.interval_s) == (0, 0.004)
    convert(odd, tmp_path / "deep.zarr", depth=True)
    deep = xarray.open_zarr(tmp_path / "deep.zarr")
    assert (deep.amplitude.dims[2], deep.depth.units) == ("depth", "m")


def test_a_store_of_another_program_is_read_by_the_names_of_its_dimensions(tmp_path):
    numbers = {
        "iline": np.arange(10, 10 + 70),
        "xline": 5 * np.arange(66),
        "twt": 0.1 + 0.002 * np.arange(40),
    }
    volume = xarray.DataArray(VALUES, coords=numbers, dims=list(numbers), name="seismic")
    volume.twt.attrs["units"] = "s"
    for order in (("iline", "xline", "twt"), ("twt", "xline", "iline")):
        path = tmp_path / f"{order[0]}.zarr"
        volume.transpose(*order).to_dataset().to_zarr(path, zarr_format=3, consolidated=False)
        with StoreSurvey(path) as survey:
            assert survey.shape == VALUES.shape
            assert survey.crosslines[1] == 5
            assert survey.delay_ms == pytest.approx(100)
            assert survey.interval_s == pytest.approx(0.002)
            box = slice(3, 68), slice(60, 66), slice(10, 30)
            np.testing.assert_array_equal(survey.read(*box), VALUES[box])
    section = volume[4].drop_vars("iline").rename(xline="cdp").to_dataset()
    section.to_zarr(tmp_path / "line.zarr", zarr_format=3, consolidated=False)
    with StoreSurvey(tmp_path / "line.zarr") as survey:
        np.testing.assert_array_equal(survey.read(slice(0, 1), slice(0, 66))[0], VALUES[4])


def test_headers_of_another_file_serve_where_the_store_has_none(tmp_path, odd):
    with SegySurvey.open(odd) as survey:
        lines = {"inline": survey.inlines, "crossline": survey.crosslines, "time": 4.0 * np.arange(40)}
    volume = xarray.DataArray(VALUES, coords=lines, dims=list(lines), name="amplitude")
    volume.to_dataset().to_zarr(tmp_path / "bare.zarr", zarr_format=3, consolidated=False)
    convert(tmp_path / "bare.zarr", tmp_path / "out.sgy", headers=odd)
    with SegySurvey.open(tmp_path / "out.sgy") as survey, SegySurvey.open(odd) as other:
        np.testing.assert_array_equal(survey.index, other.index)
        held = survey.read(slice(0, 70), slice(0, 66))[survey.index >= 0]
    np.testing.assert_allclose(held, VALUES[other.index >= 0], rtol=1e-6)


def test_chunks_serve_lines_in_all_three_directions_and_every_one_is_written(tmp_path, odd):
    convert(odd, tmp_path / "in.zarr")
    array = zarr.open_group(tmp_path / "in.zarr")["amplitude"]
    assert (array.chunks, array.shards) == ((64, 64, 40), (128, 128, 40))
    assert part_file(tmp_path / "in.zarr", array, (0, 0, 0)).is_file()
    for shape in ((650, 950, 462), (4000, 6000, 10_000), (1, 20_000, 1500), (33, 2, 100)):
        chunk, shard = chunk_shape(shape), shard_shape(shape)
        assert all(s % c == 0 for s, c in zip(shard, chunk, strict=True))
        assert max(chunk) <= 64 or min(shape) < 64
        assert np.prod(shard) * 4 <= 80e6


MOMENTS = ["laying", "writing", "noting", "renaming"]


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    """Make a survey of some columns of tiles that share shards."""
    values = np.random.default_rng(9).standard_normal((100, 80, 120)).astype(np.float32)
    return make_segy(tmp_path_factory.mktemp("survey") / "in.sgy", values, sample_format=5)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_killed_at_any_moment_it_leaves_no_half_store_and_goes_on(tmp_path, survey, tiny3d, moment, small):
    out, options = tmp_path / "out.zarr", {"model": str(tiny3d), "precision": "float32"}
    words = {"source": str(survey), "out": str(out), "options": options, "most": SMALL, "die": moment}
    killed = subprocess.run([sys.executable, HERE / "stand_in.py", json.dumps(words)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not out.exists()
    report = odfault.run(survey, out, network=Network(), **options)
    assert report.resumed == (moment not in ("laying", "laid"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.zarr", "out.zarr.json"]
    odfault.run(survey, tmp_path / "out.sgy", network=Network(), **options)
    convert(out, tmp_path / "again.sgy")
    assert (tmp_path / "again.sgy").read_bytes() == (tmp_path / "out.sgy").read_bytes()


def test_a_conversion_that_was_stopped_goes_on(tmp_path, monkeypatch):
    values = CHANCE.standard_normal((140, 140, 20)).astype(np.float32)
    source, out = make_segy(tmp_path / "in.sgy", values, sample_format=1), tmp_path / "in.zarr"
    for target in (out, tmp_path / "back.sgy"):
        told = []

        def stop(done, total, told=told):
            told.append(done)
            if len(told) == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            convert(source, target, progress=stop)
        assert not target.exists()
        assert convert(source, target).resumed
        source = target
    assert (tmp_path / "back.sgy").read_bytes() == (tmp_path / "in.sgy").read_bytes()


def break_store(path, how):
    """Spoil a store in one way."""
    array = zarr.open_group(path, mode="r")["amplitude"]
    shard = part_file(path, array, (0, 0, 0))
    if how == "lost":
        shard.unlink()
    elif how == "half":
        group = zarr.open_group(path, mode="r+")
        group.attrs["odfault"] = {**group.attrs["odfault"], "whole": False}
    elif how == "headers":
        (path / "segy" / "trace_headers" / "c" / "0" / "0").unlink()
    elif how == "numbers":
        next((path / "inline" / "c").iterdir()).unlink()
    elif how == "root":
        (path / "zarr.json").unlink()
    elif how == "garbled":
        (path / "zarr.json").write_text("{")
    else:
        for file in (path / "crossline").rglob("*"):
            file.is_file() and file.unlink()
    return path


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("lost", "lacks 1 of its chunks, such as amplitude/c/0/0/0"),
        ("half", "is half written"),
        ("headers", "lacks segy/trace_headers/c/0/0"),
        ("numbers", "lacks the numbers of its coordinate inline"),
        ("root", "is no whole Zarr store"),
        ("garbled", "cannot be read"),
        ("coordinate", "crossline"),
    ],
)
def test_a_spoilt_store_is_refused_in_one_line(tmp_path, refused, how, problem):
    source = make_segy(tmp_path / "in.sgy", VALUES, sample_format=5)
    convert(source, tmp_path / "in.zarr")
    refused(break_store(tmp_path / "in.zarr", how), problem=problem)


def test_a_chunk_that_is_torn_ends_the_run_in_one_line(tmp_path, source, odfault_run):
    convert(source, tmp_path / "in.zarr")
    shard = tmp_path / "in.zarr" / "amplitude" / "c" / "0" / "0" / "0"
    shard.write_bytes(shard.read_bytes()[:-50])
    code, told = odfault_run(tmp_path / "in.zarr")
    assert (code, told.count("\n")) == (2, 1)
    assert "cannot be read" in told
    assert not (tmp_path / "out.sgy").exists()


def foreign(path, how):
    """Write a store that is of no use."""
    values, axes = (
        VALUES[:6, :5, :30],
        {"inline": np.arange(6), "crossline": np.arange(5), "time": np.arange(30)},
    )
    volume = xarray.DataArray(values, coords=axes, dims=list(axes), name="amplitude").to_dataset()
    if how == "v2":
        return volume.to_zarr(path, zarr_format=2)
    if how == "bare":
        return zarr.save_array(path, values, zarr_format=3)
    if how == "unnamed":
        return zarr.create_group(path).create_array("amplitude", data=values)
    if how == "uncoordinated":
        volume = volume.drop_vars("inline")
    elif how == "strange":
        volume = volume.rename(inline="row", crossline="column")
    elif how == "shuffled":
        volume = volume.assign_coords(inline=[0, 2, 1, 3, 4, 5])
    elif how == "irregular":
        volume = volume.assign_coords(time=np.arange(30.0) ** 2)
    elif how == "complex":
        volume = volume.astype(np.complex64)
    elif how == "several":
        volume = volume.assign(b=volume.amplitude).rename(amplitude="a")
    elif how == "map":
        volume = volume.isel(time=0, drop=True)
    return volume.to_zarr(path, zarr_format=3, consolidated=False)


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("v2", "is a store of Zarr v2"),
        ("bare", "is a bare array without line numbers"),
        ("unnamed", "amplitude has dimensions"),
        ("uncoordinated", "has no coordinate inline"),
        ("strange", "amplitude has dimensions row, column, time"),
        ("shuffled", "neither rise nor fall"),
        ("irregular", "not at regular steps"),
        ("complex", "holds complex64"),
        ("several", "holds several volumes (a, b)"),
        ("map", "holds no volume"),
        ("sound", "holds no SEG-Y headers"),
    ],
)
def test_a_store_of_another_layout_is_refused_in_one_line(tmp_path, refused, how, problem):
    foreign(tmp_path / "in.zarr", how)
    refused(tmp_path / "in.zarr", problem=problem)


def test_a_missing_chunk_of_another_program_is_told_or_refused(tmp_path):
    axes = {"inline": np.arange(6), "crossline": np.arange(5), "time": np.arange(30)}
    volume = xarray.DataArray(VALUES[:6, :5, :30], coords=axes, dims=list(axes), name="amplitude")
    live = volume.isel(time=0, drop=True).notnull().rename("trace_mask")
    live[0] = False
    whole = xarray.merge([volume, live])
    coding = {"amplitude": {"chunks": (1, 5, 30), "fill_value": np.nan}}
    whole.to_zarr(tmp_path / "in.zarr", zarr_format=3, consolidated=False, encoding=coding)
    chunks = [tmp_path / "in.zarr" / "amplitude" / "c" / str(n) / "0" / "0" for n in (0, 3)]
    chunks[0].unlink()  # no trace stands there
    with StoreSurvey(tmp_path / "in.zarr") as survey:
        assert survey.remarks == [
            "No unit stands beside time; ms was assumed.",
            "5 of 30 places hold no trace and stay empty.",
        ]
    chunks[1].unlink()
    with pytest.raises(odfault.OdfaultError, match="lacks 1 of its chunks, such as amplitude/c/3/0/0: copy"):
        StoreSurvey(tmp_path / "in.zarr")


def test_an_output_that_is_anothers_is_left_alone(tmp_path, source, odfault_run):
    foreign(tmp_path / "theirs.zarr", "sound")
    (tmp_path / "folder.zarr").mkdir()
    (tmp_path / "folder.zarr" / "precious").write_text("precious")
    (tmp_path / "file.zarr").write_text("precious")
    convert(source, tmp_path / "in.zarr")
    for name, problem in (
        ("theirs.zarr", "another's folder or store"),
        ("folder.zarr", "another's folder or store"),
        ("file.zarr", "is a file, no store"),
        ("none/out.zarr", "does not exist"),
        ("in.zarr", "is the input itself"),
        ("in.zarr/amplitude.zarr", "one is in the other"),
        ("in.zarr/out.sgy", "is in the input itself"),
    ):
        code, told = odfault_run(tmp_path / "in.zarr", out=tmp_path / name)
        assert (code, told.count("\n")) == (2, 1), told
        assert problem in told
    assert (tmp_path / "folder.zarr" / "precious").read_text() == "precious"


def test_an_earlier_store_of_ours_is_replaced_at_the_very_end(tmp_path, source, tiny3d):
    words = {"model": tiny3d, "precision": "float32"}
    out = tmp_path / "out.zarr"
    odfault.run(source, out, network=Network(), **words)
    before = xarray.open_zarr(out).fault_probability.values

    def fail(windows):
        assert np.array_equal(xarray.open_zarr(out).fault_probability.values, before)
        return windows * 0 + 0.5

    odfault.run(source, out, network=fail, **words)
    assert (xarray.open_zarr(out).fault_probability.values == 0.5).all()
    assert not (tmp_path / "out.zarr.old").exists()


def test_the_command_converts_and_says_what_it_cannot(tmp_path, source, capsys, monkeypatch):
    assert main(["convert", str(source), str(tmp_path / "in.zarr"), "--progress", "none"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'in.zarr'}  12 x 10 x 40 samples\n"
    assert main(["convert", str(tmp_path / "in.zarr"), str(tmp_path / "out.sgy"), "--progress", "none"]) == 0
    assert (tmp_path / "out.sgy").read_bytes() == source.read_bytes()
    other = make_segy(tmp_path / "other.sgy", VALUES[:3], sample_format=5)
    foreign(tmp_path / "theirs.zarr", "sound")
    capsys.readouterr()
    for words, problem in (
        ([source, tmp_path / "b.sgy"], "are both SEG-Y"),
        ([tmp_path / "theirs.zarr", tmp_path / "b.sgy"], "holds no SEG-Y headers"),
        ([tmp_path / "theirs.zarr", tmp_path / "b.sgy", "--headers", other], "has other lines or samples"),
        ([tmp_path / "none.zarr", tmp_path / "b.sgy"], "does not exist"),
    ):
        assert main(["convert", *map(str, words), "--progress", "none"]) == 2
        told = capsys.readouterr().err
        assert told.startswith("odfault: ")
        assert (told.count("\n"), problem in told) == (1, True), told
    monkeypatch.setitem(sys.modules, "zarr", None)
    assert main(["convert", str(source), str(tmp_path / "b.zarr"), "--progress", "none"]) == 2
    assert capsys.readouterr().err == 'odfault: chunked stores need Zarr: pip install "odfault[zarr]"\n'


def test_a_store_is_told_apart_where_a_seg_y_file_is_asked_for(tmp_path, source, capsys):
    convert(source, tmp_path / "in.zarr")
    words = [str(tmp_path / "in.zarr"), str(tmp_path / "out.sgy"), "--headers", str(tmp_path / "in.zarr")]
    assert main(["convert", *words, "--progress", "none"]) == 2
    assert "is a chunked store: make a SEG-Y file of it with odfault convert" in capsys.readouterr().err


def test_the_picture_of_a_run_may_come_from_stores(tmp_path, source, tiny3d):
    convert(source, tmp_path / "in.zarr")
    words = ["--model", str(tiny3d), "--precision", "float32", "--progress", "none"]
    for number, out in enumerate(("out.zarr", "out.sgy")):
        picture = tmp_path / f"{number}.png"
        paths = [str(tmp_path / name) for name in ("in.zarr", out)]
        assert main(["run", *paths, *words, "--inlines", "102:109", "--png", str(picture)]) == 0
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()


def test_mdio_opens_what_is_written_for_it(tmp_path, odd, tiny3d):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mdio = pytest.importorskip("mdio")
        convert(odd, tmp_path / "in.mdio")
        odfault.run(tmp_path / "in.mdio", tmp_path / "out.mdio", model=tiny3d, network=Network())
        seen = mdio.open_mdio(tmp_path / "out.mdio")
        assert seen.attrs["attributes"]["defaultVariableName"] == "fault_probability"
        held = mdio.open_mdio(tmp_path / "in.mdio").amplitude.sel(inline=105, crossline=307)
    np.testing.assert_allclose(held, VALUES[5, 7], rtol=1e-6)
