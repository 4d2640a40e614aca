"""The host is told at each sample which single fault runs through it, as `odfault faults` found them."""

import csv
import json

import numpy as np
import pytest
from host_standin import ROOT, Host
from make_segy import make_segy

from odfault.cli import main
from odfault.errors import OdfaultError
from odfault.host import menu
from odfault.host.numbered import SingleFaults, read_table
from odfault.host.wire import SeisInfo, TrcInfo
from odfault.segy.survey import SegySurvey

SCRIPT = ROOT / "attributes" / "single_faults.py"
SHAPE = (40, 40, 64)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Part the probability of two planes into single faults; give their folder."""
    folder = tmp_path_factory.mktemp("faults")
    i, _, k = np.indices(SHAPE)
    planes = [8 + 0.2 * k, 24 + 0.1 * k]
    values = np.maximum(*(np.exp(-0.5 * ((i - plane) / 1.2) ** 2) for plane in planes)).astype(np.float32)
    values[5, 6] = 0
    source = make_segy(folder / "prob.sgy", values, sample_format=5, holes=[(0, 0)])
    words = ["--velocity", "2000", "--progress", "none"]
    assert main(["faults", str(source), str(folder / "found"), *words]) == 0
    return folder / "found"


@pytest.fixture(scope="module")
def numbers(found):
    """Read the survey of numbers."""
    with SegySurvey.open(found / "faults.sgy") as survey:
        return survey.read(slice(0, 40), slice(0, 40))


def parameters(path, **more):
    return {"Single faults": {"Type": "File", "Value": str(path)}, **more}


def info(z_step=0.004):
    return SeisInfo(1, 1, 4, 1, 1, z_step, 25.0, 25.0, 1000.0, 1e6, 64)


def test_each_sample_has_the_number_of_its_fault_and_what_the_table_tells_of_it(found, numbers):
    with (found / "faults.csv").open(newline="") as file:
        rows = {int(row["fault"]): row for row in csv.DictReader(file)}
    assert len(rows) == 2
    with Host(SCRIPT, parameters(found / "faults.sgy"), outputs=4) as host:
        for i, x in ((10, 3), (30, 20), (12, 39), (39, 0)):
            reply = host.ask(np.zeros((1, 1, 64), np.float32), 100 + i, 300 + x)
            np.testing.assert_array_equal(reply[0], numbers[i, x])
            for number in set(numbers[i, x].astype(int)) - {0}:
                at = numbers[i, x] == number
                for row, name in enumerate(("confidence", "strike_deg", "dip_deg"), 1):
                    np.testing.assert_allclose(reply[row, at], float(rows[number][name]), rtol=1e-6)
            none = numbers[i, x] == 0
            assert not reply[1, none].any()
            assert np.isnan(reply[2:, none]).all()
        assert {1, 2} <= set(np.unique(numbers[:, 20]).astype(int))
        assert host.leave()[2] == ""


def test_a_part_of_a_trace_is_answered_in_its_place(found, numbers):
    attribute = SingleFaults(menu.read_choice(parameters(found / "faults.sgy")), info())
    for first, count in ((0, 64), (20, 10), (-8, 30), (50, 40)):
        reply = attribute(np.zeros((1, 1, 1, count), np.float32), TrcInfo(count, first, 115, 310))
        padded = np.pad(numbers[15, 10], 100)
        np.testing.assert_array_equal(reply[0], padded[100 + first : 100 + first + count])


def test_a_trace_that_is_not_there_is_undefined_and_told_once(found):
    with Host(SCRIPT, parameters(found / "faults.sgy"), outputs=4) as host:
        for place in ((100, 300), (900, 300), (100, 299)):
            assert np.isnan(host.ask(np.zeros((1, 1, 64), np.float32), *place)).all()
        log = host.leave()[2]
    assert log == "odfault: inline 100, crossline 300 is not in the file of Single faults\n"


def test_what_cannot_be_used_is_told_with_its_mend(found, tmp_path):
    def opened(path, z_step=0.004):
        return SingleFaults(menu.read_choice(parameters(path)), info(z_step))

    with pytest.raises(OdfaultError, match=r"no file is named under Single faults: name the faults\.sgy"):
        opened("")
    with pytest.raises(OdfaultError, match="does not exist"):
        opened(found / "none.sgy")
    with pytest.raises(OdfaultError, match=r"the host's data one each 0\.002"):
        opened(found / "faults.sgy", 0.002)
    opened(found / "faults.sgy", 4.0)  # in metres
    (tmp_path / "faults.sgy").write_bytes((found / "faults.sgy").read_bytes())
    with pytest.raises(OdfaultError, match="table of faults"):
        opened(tmp_path / "faults.sgy")
    (tmp_path / "faults.csv").write_text("fault,confidence,strike_deg,dip_deg\n2,.9,,60\n")
    table = read_table(tmp_path / "faults.csv")
    assert table.shape == (3, 3)
    assert np.isnan(table[2, 1])


def test_the_probability_has_the_number_as_its_third_output(found, numbers, monkeypatch):
    from test_named_file import Network

    from odfault.host.attribute import FaultAttribute

    words = parameters(found / "faults.sgy", **{"SEG-Y file": {"Value": str(found.parent / "prob.sgy")}})
    chosen = menu.read_choice(json.loads(json.dumps(words)))
    attribute = FaultAttribute(Network(), chosen, info())
    with SegySurvey.open(found.parent / "prob.sgy") as survey:
        trace = survey.read(slice(15, 16), slice(10, 11))
    reply = attribute(trace[None], TrcInfo(64, 0, 115, 310))
    assert reply.shape == (3, 64)
    np.testing.assert_array_equal(reply[2], numbers[15, 10])
    without = FaultAttribute(Network(), menu.read_choice({**words, "Single faults": {"Value": ""}}), info())
    np.testing.assert_array_equal(without(trace[None], TrcInfo(64, 0, 115, 310)), reply[:2])
