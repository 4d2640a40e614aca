"""A survey goes in, its fault probability comes out, alike in all but the samples."""

import hashlib
import json
import subprocess

import numpy as np
import pytest
from make_segy import make_segy

import odfault
from odfault import plan
from odfault.cli import main
from odfault.draw import read_lines

SHAPE = (34, 38, 60)
SMALL = 350_000
"""Samples of windows so small that there are several tiles."""
CHANCE = np.random.default_rng(8)
VALUES = CHANCE.standard_normal(SHAPE).astype(np.float32)
SHUFFLED = CHANCE.permutation(34 * 38)
SHUFFLED_LESS = CHANCE.permutation(34 * 38 - 1)


def raw(path, n_samples=SHAPE[2], kind=">f4"):
    """Cut a file into its text, binary header, trace headers and samples."""
    data = path.read_bytes()
    width = 240 + n_samples * (1 if kind == "i1" else 4)
    traces = np.frombuffer(data[3600:], np.uint8).reshape(-1, width)
    coded = np.ascontiguousarray(traces[:, 240:])
    samples = decode_ibm(coded.view(">u4")) if kind == "ibm" else coded.view(kind)
    return data[:3200], data[3200:3600], traces[:, :240], samples


def decode_ibm(words):
    power = ((words >> 24) & 0x7F).astype(np.int64) - 64
    return np.where(words >> 31, -1.0, 1.0) * (words & 0xFFFFFF) / 2.0**24 * 16.0**power


def places(headers, end=">"):
    """Read inline and crossline position of each trace."""
    lines = np.ascontiguousarray(headers[:, 188:196]).view(end + "i4")
    return tuple((lines - (100, 300)).T)


def run(source, model, **words):
    """Run, and give the output's path and the report."""
    out = source.with_name("out.sgy")
    return out, odfault.run(source, out, **{"model": model, "precision": "float32", **words})


def predict(values, model):
    return odfault.predict(values, model, precision="float32")


@pytest.mark.parametrize(
    "words",
    [
        {"sample_format": 5},
        {"sample_format": 1},
        {"sample_format": 5, "big_endian": False},
        {"sample_format": 5, "order": "crossline"},
        {"sample_format": 5, "order": SHUFFLED},
        {"sample_format": 5, "holes": [(0, 0), (3, 4), *((9, j) for j in range(38))]},
        {"sample_format": 5, "repeats": [(5, 6), (33, 37), (5, 6)]},
        {
            "sample_format": 1,
            "ascii_text": True,
            "holes": [(33, 37)],
            "repeats": [(2, 2)],
            "order": SHUFFLED_LESS,
        },
    ],
)
def test_only_samples_and_one_line_of_text_differ_from_the_input(tmp_path, tiny3d, words):
    source = make_segy(tmp_path / "in.sgy", VALUES, **words)
    out, report = run(source, tiny3d)
    end = ">" if words.get("big_endian", True) else "<"
    kind = "ibm" if words["sample_format"] == 1 else end + "f4"
    text, binary, headers, _ = raw(source, kind=kind)
    text_out, binary_out, headers_out, samples = raw(out, kind=kind)
    assert binary_out == binary
    np.testing.assert_array_equal(headers_out, headers)
    changed = [n for n in range(40) if text[80 * n : 80 * n + 80] != text_out[80 * n : 80 * n + 80]]
    line = text_out[80 * changed[0] : 80 * changed[0] + 80]
    coding = "ascii" if words.get("ascii_text") else "cp037"
    assert len(changed) == 1
    assert f"odfault {odfault.__version__}: fault probability by tiny3d" in line.decode(coding)
    filled = VALUES.copy()
    for hole in words.get("holes", []):
        filled[hole] = 0
    expected = predict(filled, tiny3d)[places(headers, end)]
    np.testing.assert_allclose(samples, expected, atol=1e-5)
    assert report.live == 34 * 38 - len(words.get("holes", []))
    assert report.shape == SHAPE


def test_whole_number_samples_become_floats(tmp_path, tiny3d):
    values = np.rint(VALUES * 30).clip(-127, 127)
    source = make_segy(tmp_path / "in.sgy", values, sample_format=8)
    out, _ = run(source, tiny3d)
    _, binary, headers, _ = raw(source, kind="i1")
    _, binary_out, headers_out, samples = raw(out)
    assert (binary_out[:24], binary_out[24:26], binary_out[26:]) == (binary[:24], b"\0\5", binary[26:])
    np.testing.assert_array_equal(headers_out, headers)
    np.testing.assert_allclose(samples, predict(values, tiny3d).reshape(-1, 60), atol=1e-5)
    assert 0 < samples.min() < samples.max() < 1


def test_dead_traces_stay_dead_and_odd_samples_are_told(tmp_path, tiny3d):
    values = VALUES.copy()
    values[3, 4], values[5, 6], values[7, 8] = 0, np.nan, 1e30
    values[10, 11, 12], values[13, 14, 15:17] = np.inf, 1e30
    out, report = run(make_segy(tmp_path / "in.sgy", values, sample_format=5), tiny3d)
    samples = raw(out)[3].reshape(SHAPE)
    assert np.isfinite(samples).all()
    assert not samples[[3, 5, 7], [4, 6, 8]].any()
    np.testing.assert_allclose(samples, predict(values, tiny3d), atol=1e-5)
    assert (report.live, report.odd) == (34 * 38 - 3, 123)
    assert report.remarks[-1] == "123 samples are NaN, Inf or undefined; they were taken as dead."


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_2d_line_is_answered_by_the_network_for_sections(tmp_path, models, monkeypatch, count):
    monkeypatch.setattr("odfault.card.models_folder", lambda: models)
    (models / "fault2d.keras").write_bytes((models / "tiny2d.keras").read_bytes())
    (models / "fault2d.json").write_bytes((models / "tiny2d.json").read_bytes())
    line = VALUES[:1, :count]
    out, report = run(make_segy(tmp_path / "in.sgy", line, sample_format=5), None)
    assert report.model == "tiny2d"
    np.testing.assert_allclose(raw(out)[3], predict(line[0], models / "tiny2d.keras"), atol=1e-6)
    turned = make_segy(tmp_path / "turned.sgy", line.swapaxes(0, 1), sample_format=5)
    again, _ = run(turned, None)
    np.testing.assert_array_equal(raw(again)[3], raw(out)[3])


@pytest.mark.parametrize(("first", "last"), [(100, 105), (112, 112), (130, 120), (100, 999)])
def test_a_range_of_inlines_gives_these_traces_and_the_numbers_of_the_whole(tmp_path, tiny3d, first, last):
    source = make_segy(
        tmp_path / "in.sgy", VALUES, sample_format=5, holes=[(12, 3)], repeats=[(12, 5), (3, 3)],
        order=SHUFFLED_LESS,
    )  # fmt: skip
    _, _, headers, _ = raw(source)
    whole = raw(run(source, tiny3d)[0])[3]
    out, report = run(source, tiny3d, inlines=(first, last))
    inside = (places(headers)[0] >= min(first, last) - 100) & (places(headers)[0] <= max(first, last) - 100)
    np.testing.assert_array_equal(raw(out)[2], headers[inside])
    np.testing.assert_allclose(raw(out)[3], whole[inside], atol=1e-4)
    assert report.live == len(set(zip(*(axis[inside] for axis in places(headers)), strict=True)))


@pytest.mark.parametrize("turned", [False, True])
def test_ranges_of_crosslines_and_times_give_the_numbers_of_the_whole(
    tmp_path, tiny3d, tiny2d, turned, small
):
    values = np.random.default_rng(4).standard_normal((30, 70, 250)).astype(np.float32)
    values[5, 40, 100], values[5, 69, 100] = np.nan, np.nan
    source = make_segy(tmp_path / "in.sgy", values, sample_format=5)
    model, words = (tiny2d, {"direction": "crossline"}) if turned else (tiny3d, {})
    whole = raw(run(source, model, **words)[0], 250)[3].reshape(values.shape)
    out, report = run(source, model, crosslines=(330, 345), z_ms=(500, 320), **words)
    samples = raw(out, 250)[3].reshape(30, 16, 250)
    np.testing.assert_allclose(samples[:, :, 80:126], whole[:, 30:46, 80:126], atol=1e-4)
    assert not samples[:, :, :80].any()
    assert not samples[:, :, 126:].any()
    assert (report.shape, report.live, report.odd) == ((30, 16, 46), 480, 1)


def test_a_network_for_sections_looks_along_crosslines_as_along_inlines(tmp_path, tiny2d):
    lines = {"inlines": range(101, 135), "crosslines": range(302, 340)}
    source = make_segy(tmp_path / "a.sgy", VALUES, sample_format=5, **lines)
    swapped = {"inlines": lines["crosslines"], "crosslines": lines["inlines"]}
    turned = make_segy(tmp_path / "b.sgy", VALUES.swapaxes(0, 1), sample_format=5, **swapped)
    across = raw(run(source, tiny2d, direction="crossline")[0])[3].reshape(SHAPE)
    along = raw(run(turned, tiny2d)[0])[3].reshape(38, 34, 60)
    np.testing.assert_array_equal(across, along.swapaxes(0, 1))
    inlines = raw(run(source, tiny2d)[0])[3].reshape(SHAPE)
    assert np.abs(across - inlines).max() > 0.1


def test_neither_tiles_nor_batches_matter(tmp_path, tiny3d, monkeypatch):
    values = np.random.default_rng(6).standard_normal((80, 70, 110)).astype(np.float32)
    source = make_segy(tmp_path / "in.sgy", values, sample_format=5)
    whole = raw(run(source, tiny3d)[0], 110)[3]
    for most, count in ((250_000, 1), (600_000, 3)):
        monkeypatch.setattr(plan, "most_samples", lambda memory_gb, batch=1, most=most: most // batch)
        np.testing.assert_allclose(raw(run(source, tiny3d, batch=count)[0], 110)[3], whole, atol=1e-5)


def test_a_survey_cut_at_a_line_answers_as_it_did_in_the_whole(tmp_path, tiny3d):
    values = np.random.default_rng(7).standard_normal((70, 9, 40)).astype(np.float32)
    whole = raw(run(make_segy(tmp_path / "a.sgy", values, sample_format=5), tiny3d)[0], 40)[3]
    cut = make_segy(tmp_path / "b.sgy", values[7:], sample_format=5, inlines=range(107, 170))
    samples = raw(run(cut, tiny3d)[0], 40)[3].reshape(63, 9, 40)
    np.testing.assert_allclose(samples[24:], whole.reshape(70, 9, 40)[31:], atol=1e-5)


def test_the_sidecar_tells_how_the_output_was_made(tmp_path, tiny3d):
    source = make_segy(tmp_path / "in.sgy", VALUES, sample_format=5, big_endian=False)
    _, report = run(source, tiny3d, inlines=(105, 110))
    story = json.loads((tmp_path / "out.sgy.json").read_text())
    card = json.loads(tiny3d.with_suffix(".json").read_text())
    assert story["odfault"] == odfault.__version__
    assert (story["model"], story["weights_sha256"]) == ("tiny3d", card["sha256"])
    assert story["input_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert story["options"]["inlines"] == [105, 110]
    assert story["options"]["precision"] == report.precision == "float32"
    assert story["remarks"] == report.remarks == ["The file is in little-endian byte order."]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy", "out.sgy", "out.sgy.json"]


def test_an_output_that_was_there_is_replaced_at_the_very_end(tmp_path, tiny3d):
    source = make_segy(tmp_path / "in.sgy", VALUES, sample_format=5)
    out = tmp_path / "out.sgy"
    out.write_text("precious")
    seen = []
    words = {"progress": lambda done, total: seen.append((done, total, out.read_text())), "replace": True}
    run(source, tiny3d, **words)
    size = 34 * 38 * 60
    assert seen == [(0, size, "precious"), (size, size, "precious")]
    assert out.stat().st_size == source.stat().st_size


def test_the_command_does_what_the_function_does(tmp_path, tiny3d, capsys):
    source = make_segy(tmp_path / "in.sgy", VALUES, sample_format=5, holes=[(3, 3)])
    out, _ = run(source, tiny3d, inlines=(104, 120), z_ms=(40, 100))
    words = ["run", source, tmp_path / "b.sgy", "--model", tiny3d, "--precision", "float32"]
    words += ["--inlines", "104:120", "--z", "40:100", "--progress", "json"]
    assert main([str(word) for word in words]) == 0
    assert (tmp_path / "b.sgy").read_bytes() == out.read_bytes()
    shown = capsys.readouterr()
    lines = [json.loads(line) for line in shown.err.splitlines()]
    size = 17 * 38 * 16
    assert [line["done"] for line in lines if "done" in line] == [0, size]
    assert all(line["total"] == size and line["samples_per_s"] >= 0 for line in lines if "done" in line)
    assert lines[-1] == {"remark": "1 of 1292 places hold no trace and stay empty."}
    assert shown.out.split()[:2] == [str(tmp_path / "b.sgy"), "646"]


def test_progress_in_lines_counts_up_and_is_silent_when_asked(tmp_path, tiny3d, capsys, small):
    source = make_segy(tmp_path / "in.sgy", np.tile(VALUES, (3, 2, 1)), sample_format=5)
    words = ["run", source, tmp_path / "b.sgy", "--model", tiny3d]
    assert main([*map(str, words), "--progress", "lines"]) == 0
    percents = [int(line.split()[1]) for line in capsys.readouterr().err.splitlines()]
    assert percents == sorted(set(percents))
    assert (percents[0], percents[-1]) == (0, 100)
    assert main([*map(str, words), "--progress", "none"]) == 0
    assert capsys.readouterr().err == ""
    assert main([*map(str, words), "--progress", "bar"]) == 0
    assert "100%" in capsys.readouterr().err


@pytest.mark.parametrize("lines", [None, "i103,x310,z100"])
def test_a_picture_is_drawn(tmp_path, tiny3d, lines):
    values = VALUES.copy()
    values[3, 10], values[4, 5, 6] = np.nan, 1e30
    source = make_segy(tmp_path / "in.sgy", values, sample_format=5, holes=[(3, 3)], line_bytes=(5, 21))
    words = ["run", source, tmp_path / "b.sgy", "--model", tiny3d, "--png", tmp_path / "b.png"]
    words += ["--lines", lines] if lines else []
    assert main([*map(str, words), "--inlines", "103:103" if lines else "100:120"]) == 0
    picture = (tmp_path / "b.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def test_the_picture_shows_what_the_files_hold(tmp_path, tiny3d, monkeypatch):
    from odfault import draw

    kept = []
    monkeypatch.setattr(draw, "draw_panels", lambda panels, *_, **__: kept.extend(panels))
    words = {"inlines": (110, 125), "crosslines": (305, 320)}
    source = make_segy(tmp_path / "in.sgy", VALUES, sample_format=5, order=SHUFFLED)
    out, _ = run(source, tiny3d, **words)
    lines = read_lines("i112,x319,z80")
    draw.draw_lines(source, out, tmp_path / "no.png", lines=lines, threshold=0.5, words=words)
    faults = np.zeros(SHAPE, np.float32)
    faults[places(raw(out)[2])] = raw(out)[3]
    cuts = [np.s_[12, 5:21], np.s_[10:26, 19], np.s_[10:26, 5:21, 20]]
    for panel, cut in zip(kept, cuts, strict=True):
        np.testing.assert_array_equal(panel.seismic, VALUES[cut])
        np.testing.assert_array_equal(panel.over, faults[cut])
    assert [panel.title for panel in kept] == ["inline 112", "crossline 319", "80 ms"]


@pytest.mark.parametrize(("inline", "said"), [(0, ("line", "CDP")), (7, ("inline 7", "crossline"))])
def test_a_line_without_an_inline_number_counts_its_traces(tmp_path, tiny2d, monkeypatch, inline, said):
    from odfault import draw

    kept = []
    monkeypatch.setattr(draw, "draw_panels", lambda panels, *_, **__: kept.extend(panels))
    source = make_segy(tmp_path / "in.sgy", VALUES[:1], sample_format=5, inlines=[inline])
    out, _ = run(source, tiny2d)
    draw.draw_lines(source, out, tmp_path / "no.png", lines=[], threshold=0.5, words={})
    assert [(panel.title, panel.across) for panel in kept] == [said]


def test_a_pipe_goes_in_and_comes_out(tmp_path, tiny3d, command):
    source = make_segy(tmp_path / "in.sgy", VALUES, sample_format=5)
    out, _ = run(source, tiny3d)
    words = [
        *command,
        "run",
        "-",
        "-",
        "--model",
        str(tiny3d),
        "--precision",
        "float32",
        "--progress",
        "none",
    ]
    done = subprocess.run(words, input=source.read_bytes(), capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == out.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy", "out.sgy", "out.sgy.json"]


def test_a_reader_that_goes_away_is_told_of_in_one_line(tmp_path, tiny3d, command):
    large = np.tile(VALUES, (2, 2, 1))  # more than a pipe holds
    source = make_segy(tmp_path / "in.sgy", large, sample_format=5)
    words = [*command, "run", str(source), "-", "--model", str(tiny3d), "--progress", "none"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(10)
        process.stdout.close()
        told = process.stderr.read()
    assert (process.returncode, told.count(b"\n")) == (2, 1)
    assert told.startswith(b"odfault: whoever read the output has gone")
