"""Many machines write the same bytes as one, and what one of them loses is its own slab."""

import dataclasses
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from conftest import assert_one_line, run_to_the_end
from crew_of_processes import PART, ROOT, SMALL, VALUES, Cluster, in_background, wait_until
from make_segy import make_segy, patch

import odfault
from odfault import running
from odfault.cluster import crew, door, local, member, work
from odfault.cluster.slab import Packed
from odfault.cluster.spread import Crew
from odfault.model import load_network

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise"),
    pytest.mark.usefixtures("small"),
]

ASKED = member.Asked("auto", "float32", has_graph=False)


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    return make_segy(tmp_path_factory.mktemp("survey") / "in.sgy", VALUES, sample_format=5)


@pytest.fixture(scope="module")
def expected(survey, options, tmp_path_factory):
    """Run on one machine; give the bytes and the number of columns."""
    out = tmp_path_factory.mktemp("one") / "out.sgy"
    columns = run_to_the_end(survey, out, SMALL, **options)
    assert columns == 5
    return out.read_bytes(), columns


FORMATS = [
    {"sample_format": 1, "holes": [(0, 0), (50, 40)], "repeats": [(5, 6), (99, 59), (5, 6)]},
    {"sample_format": 8, "order": "crossline"},
    {"sample_format": 5, "big_endian": False, "order": np.random.default_rng(1).permutation(6000)},
    {"sample_format": 6},
]


@pytest.mark.parametrize(
    ("words", "part"),
    [*((words, {}) for words in FORMATS), (FORMATS[0], PART), (FORMATS[2], PART)],
    ids=lambda words: str(words.get("sample_format", len(words))),
)
def test_workers_leave_the_bytes_of_one_machine_whatever_the_file(tmp_path, client, options, words, part):
    values = np.rint(VALUES * 30).clip(-127, 127) if words["sample_format"] == 8 else VALUES
    source = make_segy(tmp_path / "in.sgy", values, **words)
    one, many = tmp_path / "one.sgy", tmp_path / "many.sgy"
    reports = [odfault.run(source, one, **options, **part)]
    reports.append(odfault.run(source, many, client=client, **options, **part))
    assert many.read_bytes() == one.read_bytes()
    assert (tmp_path / "many.sgy.json").read_bytes() == (tmp_path / "one.sgy.json").read_bytes()
    assert dataclasses.replace(reports[1], out=one) == reports[0]
    assert len(list(tmp_path.iterdir())) == 5


def test_traces_without_a_place_are_silent_in_both(tmp_path, client, options):
    source = make_segy(tmp_path / "in.sgy", VALUES, sample_format=5)
    for trace in (3, 4000):
        patch(source, 3601 + trace * 640 + 188, "8s", bytes(8))
    one, many = tmp_path / "one.sgy", tmp_path / "many.sgy"
    remarks = odfault.run(source, one, **options).remarks
    assert any("no line numbers" in said for said in remarks)
    odfault.run(source, many, client=client, **options)
    assert many.read_bytes() == one.read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        {"model": "tiny2d"},
        {"model": "tiny2d", "direction": "crossline", "thin": True, "crosslines": (310, 350)},
        {"model": "tiny2d", "scale": (1.5, 1), "average": "flips"},
        {"model": "denoise2d", "direction": "crossline", "z_ms": (100, 300)},
        {"thin": True, "batch": 3, "inlines": (100, 150)},
        {"model": "tiny2d", "average": "all", "inlines": (110, 130)},
        {"precision": "auto"},
        {"model": "fault2d", "engine": "auto", "precision": "auto", "inlines": (100, 115)},
        {"model": "fault2d", "engine": "onnxruntime", "average": "none", "inlines": (100, 103)},
    ],
    ids=str,
)
def test_workers_leave_the_bytes_of_one_machine_whatever_is_asked(
    tmp_path, client, survey, options, words, models
):
    if words.get("model") == "tiny2d":
        words = {**words, "model": models / "tiny2d.keras"}
    words = {**options, **words}
    one, many = tmp_path / "one.sgy", tmp_path / "many.sgy"
    odfault.run(survey, one, **words)
    odfault.run(survey, many, client=client, **words)
    assert many.read_bytes() == one.read_bytes()


def test_a_worker_killed_in_the_middle_costs_its_slab_only(
    tmp_path, cluster, client, survey, options, expected
):
    out = tmp_path / "out.sgy"
    cluster.hold()
    thread, found = in_background(lambda: odfault.run(survey, out, client=client, **options))
    wait_until(cluster.held)
    os.kill(cluster.held()[0], signal.SIGKILL)
    cluster.let_go()
    thread.join(60)
    assert isinstance(found[0], running.Report), found
    assert out.read_bytes() == expected[0]
    assert cluster.written() == expected[1]
    assert len([worker for worker in cluster.workers if worker.poll() is None]) == 1


def test_a_slab_that_kills_worker_after_worker_is_told(tmp_path, cluster, client, survey, options, expected):
    out, deadly = tmp_path / "out.sgy", cluster.folder / "deadly"
    deadly.touch()
    try:
        with pytest.raises(
            odfault.OdfaultError, match=r"inlines 1\d\d to .* killed 2 workers, the last tcp:"
        ):
            odfault.run(survey, out, client=client, **options)
    finally:
        deadly.unlink()
    assert (tmp_path / "out.sgy.part").exists()
    assert not out.exists()


@pytest.mark.parametrize("first", ["one", "many"])
def test_what_one_machine_began_many_finish_and_the_reverse(
    tmp_path, client, survey, options, expected, first
):
    out, noted = tmp_path / "out.sgy", tmp_path / "out.sgy.journal"
    clients = [None, client] if first == "one" else [client, None]

    def stop(done, total):
        if noted.exists() and noted.read_text().count("\n") >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        odfault.run(survey, out, client=clients[0], progress=stop, **options)
    before = noted.read_text().count("\n") - 1
    steps = []
    report = odfault.run(survey, out, client=clients[1], progress=lambda *step: steps.append(step), **options)
    assert report.resumed
    assert steps[0][0] >= before * VALUES.size / expected[1] / 4
    assert steps[-1] == (VALUES.size, VALUES.size)
    assert out.read_bytes() == expected[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.sgy", "out.sgy.json"]


def test_a_worker_that_is_late_does_not_write_into_another_runs_file(tmp_path, survey, models, monkeypatch):
    """A run is stopped and begun anew with other options while a worker is still at the old one."""
    tasks = []
    monkeypatch.setattr(door, "send", lambda client, *words: tasks.append(words) or (_ for _ in ()))
    monkeypatch.setattr(
        "odfault.cluster.spread.muster",
        lambda *_, **__: Crew(None, told(), crew.choose(ASKED, told())),
    )
    out = tmp_path / "out.sgy"
    for model in ("tiny3d", "tiny2d"):
        with pytest.raises(ValueError, match="not enough"):  # nothing came back, so nothing is to be summed
            odfault.run(survey, out, client=object(), model=models / f"{model}.keras")
    (slabs, job, parcel), (newer, new_job, new_parcel) = tasks
    laid = (tmp_path / "out.sgy.part").read_bytes()
    with pytest.raises(odfault.OdfaultError, match="another run's"):
        work.answer_slab(slabs[0], job, parcel)
    assert (tmp_path / "out.sgy.part").read_bytes() == laid
    assert len(work.answer_slab(newer[0], new_job, new_parcel).columns) >= 1
    assert (tmp_path / "out.sgy.part").read_bytes() != laid


def told(**words):
    """Give what two workers tell, the second with these words."""
    good = member.Told("here", "tensorflow", member.versions(), False, 0, (0, 0), "", 0)
    return {"worker a": good, "worker b": dataclasses.replace(good, **words)}


def test_a_scheduler_lost_costs_nothing_that_was_noted(
    tmp_path, cluster, client, survey, options, expected, command
):
    """The command says so in one line; at a new scheduler the same command goes on."""
    out, noted = tmp_path / "out.sgy", tmp_path / "out.sgy.journal"
    cluster.hold(3)
    thread, found = in_background(lambda: odfault.run(survey, out, client=client, **options))
    wait_until(lambda: noted.exists() and noted.read_text().count("\n") == 4 and cluster.held())
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    thread.join(30)
    assert "is gone" in str(found[0])
    assert isinstance(found[0], odfault.OdfaultError)
    cluster.let_go()
    for worker in cluster.workers:
        worker.kill()
    cluster.start_scheduler()
    (cluster.folder / "log").unlink()
    again = cluster.have(1)
    assert odfault.run(survey, out, client=again, **options).resumed
    again.close()
    assert out.read_bytes() == expected[0]
    assert cluster.written() == expected[1] - 3


def test_the_command_stopped_by_hand_goes_on_when_called_again(
    tmp_path, cluster, source, options, command, tiny3d
):
    one, out = tmp_path / "one.sgy", tmp_path / "out.sgy"
    odfault.run(source, one, memory_gb=1, **options)
    cluster.have(1).close()
    words = [*command, "run", str(source), str(out), "--model", str(tiny3d), "--precision", "float32"]
    words += ["--memory", "1", "--progress", "json", "--cluster", str(cluster.address)]
    cluster.hold()
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as run:
        wait_until(cluster.held)
        run.send_signal(signal.SIGINT)
        told = run.communicate(timeout=20)[1].splitlines()
    assert (run.returncode, told[-1]) == (130, "odfault: stopped: run the same command again to go on")
    assert [json.loads(line)["done"] for line in told[:-1]] == [0]
    cluster.let_go()
    assert not out.exists()
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)
    assert [json.loads(line)["done"] for line in done.stderr.splitlines()] == [0, 4800]
    assert done.stdout.split()[:2] == [str(out), "120"]
    assert out.read_bytes() == one.read_bytes()


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "nonsense", "local:0", "local:two", "x:y", "a://b:1"]
)
def test_no_scheduler_at_the_address_is_told(source, refused, address, monkeypatch):
    monkeypatch.setattr(door, "ANSWERS_S", 1)
    refused(source, "--cluster", address)


def test_a_scheduler_without_workers_is_waited_for_and_told(source, odfault_run, tmp_path, monkeypatch):
    alone = Cluster(tmp_path / "alone")
    alone.folder.mkdir()
    alone.start_scheduler()
    try:
        monkeypatch.setattr(door, "WAIT_S", 2)
        code, told = odfault_run(source, "--cluster", alone.address)
    finally:
        alone.end()
    assert code == 2
    first, second = told.splitlines()
    assert "has no worker yet; waiting" in first
    assert_one_line(second + "\n")
    assert "has had no worker for 2 s" in second


@pytest.mark.parametrize(
    ("version", "said"), [("0.0.1", "has odfault 0.0.1, this is"), (None, "has no odfault")]
)
def test_a_worker_with_another_odfault_or_none_is_named(
    tmp_path, cluster, source, odfault_run, version, said
):
    cluster.have(1).close()
    package = tmp_path / "other" / "odfault"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        f'__version__ = "{version}"' if version else "raise ModuleNotFoundError('odfault')"
    )
    other = cluster.start_worker(PYTHONPATH=str(package.parent))
    try:
        cluster.have(2).close()
        code, told = odfault_run(source, "--cluster", cluster.address)
    finally:
        other.kill()
        other.wait()
    assert code == 2, told
    assert_one_line(told)
    assert told.startswith("odfault: worker tcp://127.0.0.1:")
    assert said in told
    with cluster.have(1):
        pass


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"input": "No such file"}, r"worker b on here does not see .*in.sgy \(No such file\)"),
        ({"input": (7, 0)}, "worker b on here sees another file as .*in.sgy, of 7 bytes"),
        ({"output": "Read-only file system"}, r"worker b on here cannot write into .* \(Read-only"),
        ({"gpus": 4}, "worker b sees 4 GPUs: start one worker a GPU"),
        ({"limit": int(2e9)}, "worker b ends at 2.0 GB, and --memory is 4"),
        (
            {"versions": tuple((n, "1.2" if n == "keras" else v) for n, v in member.versions())},
            "b has keras 1.2",
        ),
        (
            {"versions": (*member.versions()[:3], ("numpy", member.versions()[3][1] + ".1"))},
            r"worker b has numpy .*\.1, another has ",
        ),
        (
            {"engine": "openvino", "versions": (*member.versions(), ("openvino", "none"))},
            "b has no openvino: install",
        ),
    ],
    ids=str,
)
def test_workers_that_would_spoil_the_run_are_named(tmp_path, source, words, said):
    state = source.stat()
    all_told = told(**{"input": (state.st_size, state.st_mtime_ns), **words})
    all_told["worker a"] = dataclasses.replace(all_told["worker a"], input=(state.st_size, state.st_mtime_ns))
    with pytest.raises(odfault.OdfaultError, match=said):
        crew.check_told(all_told, source, tmp_path / "out", memory_gb=4)
    good = dataclasses.replace(all_told["worker a"])
    crew.check_told({"worker a": good, "worker b": good}, source, tmp_path / "out", memory_gb=4)


def test_a_worker_tells_what_it_sees_of_the_storage(tmp_path, source):
    trial, token = tmp_path / "trial", b"0123456789abcdef"
    trial.write_bytes(token + bytes(2 * member.STRIPE))
    words = {"asked": ASKED, "limit": 0}
    whole = [member.tell(source, trial, token, stripe=n, **words) for n in range(2)]
    state = source.stat()
    assert {(one.input, one.output) for one in whole} == {((state.st_size, state.st_mtime_ns), "")}
    crew.check_trial(trial, token, 2)
    blind = member.tell(tmp_path / "no.sgy", tmp_path / "no", token, stripe=0, **words)
    assert "No such file" in blind.input
    assert "No such file" in blind.output
    assert "another file" in member.tell(source, source, token, stripe=0, **words).output


def test_storage_that_loses_what_is_written_beside_is_found(tmp_path):
    trial, token = tmp_path / "trial", b"0123456789abcdef"
    fresh = token + bytes(3 * member.STRIPE)
    kept = bytearray(fresh)
    for number in (0, 2):  # the second worker's whole file was overwritten by that of the third
        at = len(token) + number * member.STRIPE
        kept[at : at + member.STRIPE] = member.stripe_of(token, number)
    trial.write_bytes(kept)
    with pytest.raises(odfault.OdfaultError, match="loses what worker 2 of 3 wrote"):
        crew.check_trial(trial, token, 3)


def test_without_dask_one_line_says_what_to_install(source, refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused(source, "--cluster", "local:1", problem='install "odfault[cluster]"')


def test_each_worker_here_gets_a_gpu_or_its_share_of_the_cores(tmp_path):
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia10", "null"):
        (tmp_path / name).touch()
    assert local.list_gpus(None, tmp_path) == ["0", "1", "10"]
    assert local.list_gpus("2,GPU-5", tmp_path) == ["2", "GPU-5"]
    assert local.list_gpus("", tmp_path) == local.list_gpus("-1", tmp_path) == []
    assert [one["CUDA_VISIBLE_DEVICES"] for one in local.share(2, ["0", "1", "10"], 8)] == ["0", "1"]
    assert [one["TF_NUM_INTRAOP_THREADS"] for one in local.share(3, [], 8)] == ["2"] * 3
    with pytest.raises(odfault.OdfaultError, match="4 workers for 3 GPUs"):
        local.share(4, ["0", "1", "10"], 8)


def test_a_network_travels_as_bytes(tmp_path, models):
    for ending in ("keras", "json"):
        (tmp_path / f"m.{ending}").write_bytes((models / f"tiny3d.{ending}").read_bytes())
    parcel = work.pack_weights(tmp_path / "m.keras")
    (tmp_path / "m.keras").unlink()
    network, mark = work._unpack(parcel, "tensorflow", "float32", "faults")
    windows = np.random.default_rng(2).standard_normal((1, 32, 32, 32)).astype(np.float32)
    expected = load_network(models / "tiny3d.keras", precision="float32")(windows)
    np.testing.assert_array_equal(network(windows), expected)
    assert work._unpack(work.Parcel(*dataclasses.astuple(parcel)), "tensorflow", "float32", "faults") == (
        network,
        mark,
    )
    damaged = dataclasses.replace(parcel, weights=parcel.weights[:-1])
    with pytest.raises(odfault.OdfaultError, match="is not the file that its card tells of"):
        work._unpack(damaged, "tensorflow", "float32", "faults")


def test_workers_take_the_engine_that_all_would_take():
    fast = {"engine": "openvino", "versions": (*member.versions(), ("openvino", "2026.1")), "bfloat16": True}
    asked = member.Asked("auto", "auto", has_graph=True)
    mixed = crew.choose(asked, told(**fast))
    assert mixed == crew.Made("tensorflow", "float32", member.versions())
    alike = crew.choose(asked, dict.fromkeys("ab", told(**fast)["worker b"]))
    assert (alike.engine, alike.precision, alike.versions[-1]) == (
        "openvino",
        "bfloat16",
        ("openvino", "2026.1"),
    )


def test_a_scheduler_without_odfault_is_named():
    with pytest.raises(odfault.OdfaultError, match="the scheduler tcp://a:1 has no odfault: install"):
        crew.check_versions({"the scheduler tcp://a:1": None, "worker tcp://b:1": odfault.__version__})
    two = {"worker a": "0.0.1", "worker b": "0.0.2", "worker c": odfault.__version__}
    with pytest.raises(odfault.OdfaultError, match=r"worker a and 1 more have odfault 0\.0\.1, this is"):
        crew.check_versions(two)


def test_numbers_come_out_of_the_pack_as_they_went_in():
    for numbers in (np.arange(12).reshape(3, 4), np.array([[5, -1], [2**40, 0]]), np.empty((0, 3), int)):
        np.testing.assert_array_equal(Packed.of(numbers).numbers, numbers)
    assert len(Packed.of(np.arange(160_000).reshape(400, 400)).data) < 3000
