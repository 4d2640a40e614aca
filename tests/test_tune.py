"""A tuned network is never worse where it was judged, forgets nothing, and is the same for the same seed."""

import dataclasses
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from odfault.card import Architecture, Card
from odfault.errors import OdfaultError
from odfault.lens import own_lens
from odfault_synthetic.labels import FAULT

pytest.importorskip("keras")
from odfault_training import cli, sharper, tune_command
from odfault_training.align import align_lines, find_shift, move
from odfault_training.drawn import make_line
from odfault_training.leave_out import leave_one_out, part_lines
from odfault_training.level import Level, choose_level, lower
from odfault_training.metrics import count_matches, score_counts
from odfault_training.mixture import LineWindows, synthetic_of
from odfault_training.sharper import SCALES, Sharper, choose_views, stretch
from odfault_training.trial import FORGIVEN, Marks, Trial, has_helped, see
from odfault_training.tune import Look, Tuned, Tuning, _follow, read_base, tune
from odfault_training.tuned import write_tuned

TINY = Tuning(steps=6, batch=4, window=(32, 32), every=3, count=2, rate=5e-3, mean=0.5, part=1.0)


def line_of(seed, traces=70, samples=28):
    """Make flat beds, cut by two faults that throw them by 7 samples."""
    chance = np.random.default_rng(seed)
    beds = np.convolve(chance.standard_normal(samples + 40), [1, 2, 1], "same")
    at = chance.integers(10, 25), chance.integers(40, 60)
    seismic, drawn = np.empty((1, traces, samples), np.float32), np.zeros((1, traces, samples), bool)
    for trace in range(traces):
        first = 7 * int(sum(trace >= fault for fault in at))
        seismic[0, trace] = beds[first : first + samples]
    drawn[0, list(at)] = True
    return make_line(f"line{seed}", seismic, drawn)


SAME = score_counts([count_matches(np.eye(9), np.eye(9))])
AS_IT_IS = Sharper((), SAME, SAME), Level(0.0, 0.5, 0.5)
CARD = Card("made", Architecture(2, 4, 1, (1,)), 8, 1.0, "", {}, {})
LINES = [line_of(seed) for seed in (1, 2, 3)]


@pytest.fixture(autouse=True)
def few_scales(monkeypatch):
    """Let few scales be tried: each costs a graph of its own."""
    monkeypatch.setattr(sharper, "SCALES", {2: ((1.0, 1.0), (2.0, 1.5)), 3: ((1.0, 1.0), (0.75, 1.0))})


@pytest.fixture
def archives(tmp_path):
    """Write the lines as files."""
    paths = []
    for line in LINES:
        paths.append(str(tmp_path / f"{line.name}.npz"))
        np.savez(paths[-1], seismic=line.seismic[0], faults=line.labels[0] == FAULT)
    return paths


@pytest.fixture
def command(tiny2d, archives, tmp_path, monkeypatch, capsys):
    """Give a function that runs odfault-train tune where nothing but the lines is."""
    monkeypatch.chdir(tmp_path)
    whole = Tuning.__init__
    small = {"window": TINY.window, "every": TINY.every, "count": TINY.count}
    monkeypatch.setattr(Tuning, "__init__", lambda self, **words: whole(self, **{**small, **words}))
    words = [
        "--labels",
        *archives,
        "--steps",
        "6",
        "--batch",
        "4",
        "--rate",
        "5e-3",
        "--precision",
        "float32",
    ]

    def call(*more):
        code = cli.main(["tune", str(tiny2d), *words, *more])
        return code, capsys.readouterr()

    return call


def marks(held, known):
    return Marks(held, held, known)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=9), st.booleans())
def test_what_is_kept_is_never_worse_and_has_forgotten_nothing(seen, holds):
    answers = iter([marks(held if holds else np.nan, known) for held, known in seen])
    run = ((step, 1.0, 0.0, [np.float32([step])]) for step in range(1, len(seen)))
    first = [Look(0, np.nan, next(answers), 0.0)]
    begun = Tuned([np.float32([0])], 0, first, *AS_IT_IS)
    tuned = _follow(run, lambda weights: next(answers), begun, TINY, lambda look: None)
    assert tuned.weights[0][0] == tuned.step
    assert tuned.after.known >= tuned.before.known - FORGIVEN
    looked = [look.marks for look in tuned.looks if look.marks.known >= tuned.before.known - FORGIVEN]
    if holds:
        better = [look.ods for look in looked if has_helped(look, tuned.before)]
        assert tuned.after.ods == max([tuned.before.ods, *better])
    else:
        assert tuned.after is looked[-1]


def test_it_stops_when_it_gets_no_better():
    run = ((step, 1.0, 0.0, [np.zeros(1, np.float32)]) for step in itertools.count(10, 10))
    scores = iter([0.5, 0.6, *[0.55] * 99])
    tuned = _follow(
        run,
        lambda weights: marks(next(scores), 0.8),
        Tuned([np.zeros(1, np.float32)], 0, [Look(0, np.nan, marks(next(scores), 0.8), 0.0)], *AS_IT_IS),
        dataclasses.replace(TINY, every=10, patience=3),
        lambda look: None,
    )
    assert tuned.step == 10
    assert tuned.looks[-1].step == 40


def test_the_same_seed_gives_the_same_weights(tiny2d):
    card, weights = read_base(tiny2d)
    tuning = dataclasses.replace(TINY, steps=3)
    runs = [tune(card, weights, LINES[:2], None, tuning=tuning) for _ in range(2)]
    assert runs[0].looks[0].marks == runs[1].looks[0].marks
    assert runs[0].looks[-1].marks.known == runs[1].looks[-1].marks.known
    assert runs[0].looks[-1].loss == runs[1].looks[-1].loss
    assert runs[0].views == runs[1].views
    for one, two in zip(runs[0].weights, runs[1].weights, strict=True):
        np.testing.assert_array_equal(one, two)
    windows = [LineWindows(LINES, window=(32, 32), batch=3, steps=1, seed=seed)[0][0] for seed in (4, 4, 5)]
    np.testing.assert_array_equal(windows[0], windows[1])
    assert (windows[0] != windows[2]).any()


def test_windows_are_cut_from_lines_smaller_than_they_are():
    for window in ((32, 32), (128, 128)):
        windows = LineWindows(LINES, window=window, batch=3, steps=1, seed=4)
        seen, target = windows[0]
        assert seen.shape == target.shape == (3, *window, 1)
        assert set(np.unique(target)) == {-1.0, 0.0, 1.0}
    volume = make_line(
        "volume", np.ones((20, 9, 30), np.float32), np.arange(9)[None, :, None] == 4 + np.zeros((20, 1, 30))
    )
    assert LineWindows([volume], window=(32, 32), batch=2, steps=1, seed=4)[0][0].shape == (2, 32, 32, 1)
    assert LineWindows([volume], window=(16, 16, 16), batch=2, steps=1, seed=4)[0][0].shape == (
        2,
        16,
        16,
        16,
        1,
    )


def test_labels_that_lie_beside_their_faults_are_moved_to_them(tiny2d):
    fault = LINES[0].labels[0] == FAULT
    answer = np.where(fault, np.float32(0.9), np.float32(0.1))
    for shift in (-4, -1, 0, 3, 5):
        assert find_shift(answer, move(fault, shift)) == -shift
    card, weights = read_base(tiny2d)
    trial = Trial(card)
    trial._answer = lambda seismic: [answer]
    moved, by = align_lines(
        trial, weights, [dataclasses.replace(LINES[0], labels=np.roll(LINES[0].labels, 4, 1))]
    )
    assert by == {"line1": -4}
    assert ((moved[0].labels[0] == FAULT) == fault).mean() > 0.99
    worded = dataclasses.replace(LINES[0], worded=True)
    assert align_lines(trial, weights, [worded]) == ([worded], {})


def test_a_volume_tunes_both_networks(tiny2d, tiny3d):
    shape = (18, 20, 22)
    drawn = np.broadcast_to(np.arange(20)[None, :, None] == 11, shape)
    seismic = np.random.default_rng(5).standard_normal(shape).astype(np.float32)
    volume = make_line("volume", seismic, drawn)
    for path, window in ((tiny2d, (16, 16)), (tiny3d, (16, 16, 16))):
        card, weights = read_base(path)
        tuning = dataclasses.replace(TINY, steps=2, every=2, window=window)
        steps = [look.step for look in tune(card, weights, [volume], volume, tuning=tuning).looks]
        assert steps in ([0, 2], [0, 0, 2])
    with pytest.raises(OdfaultError, match="is for volumes, and line1 is a section"):
        tune(card, weights, LINES[:1], LINES[1], tuning=tuning)


def test_synthetics_are_the_base_networks_own_or_everything(tiny2d):
    card, _ = read_base(tiny2d)
    assert synthetic_of(card, (32, 48), 3).shape == (1, 64, 96)
    old = dataclasses.replace(card, recipe={"synthetic": {"body": 0.1}})
    own = dataclasses.replace(card, recipe={"synthetic": {"shape": [128, 128, 128], "salt": 0.9}})
    assert synthetic_of(old, (32, 32), 3).salt < synthetic_of(own, (32, 32), 3).salt == 0.9


def test_one_line_is_cut_and_of_more_the_last_or_the_named_one_judges():
    teaching, held = part_lines(LINES)
    assert ([line.name for line in teaching], held.name) == (["line1", "line2"], "line3")
    assert part_lines(LINES, "line1")[1] is LINES[0]
    teaching, held = part_lines(LINES[:1])
    whole = np.concatenate([teaching[0].seismic, held.seismic], axis=1)
    np.testing.assert_array_equal(whole, LINES[0].seismic)
    assert held.labels.shape[1] == 24
    with pytest.raises(OdfaultError, match=r"--hold other: no line to hold out: .*line1, line2, line3"):
        part_lines(LINES, "other")
    with pytest.raises(OdfaultError, match="faults on one side only: label a second line"):
        part_lines(
            [
                dataclasses.replace(
                    LINES[0], labels=np.roll(LINES[0].labels, -30, 1) * (np.arange(70) < 35)[:, None]
                )
            ]
        )


def test_each_line_left_out_is_seen_neither_by_learning_nor_by_stopping(tiny2d, monkeypatch):
    from odfault_training import leave_out

    card, weights = read_base(tiny2d)
    seen = []

    def fake(card, weights, lines, held, **words):
        seen.append(([line.name for line in lines], held and held.name))
        return Tuned(weights, 0, [Look(0, 0.0, marks(0.5, 0.5), 0.0)], *AS_IT_IS)

    monkeypatch.setattr(leave_out, "tune", fake)
    rows = leave_one_out(card, weights, LINES, LINES, tuning=TINY)
    assert seen == [(["line3"], "line2"), (["line1"], "line3"), (["line2"], "line1")]
    assert [row.name for row in rows] == ["line1", "line2", "line3", "pooled"]
    assert all(row.before == row.after for row in rows)
    seen.clear()
    leave_one_out(card, weights, LINES[:2], LINES[:2], tuning=TINY)
    assert seen == [(["line2"], None), (["line1"], None)]
    with pytest.raises(OdfaultError, match="label two lines"):
        leave_one_out(card, weights, LINES[:1], LINES[:1], tuning=TINY)


@pytest.mark.parametrize("views", [(), ((2.0, 1.5), (1.0, 1.0))])
@pytest.mark.parametrize(("step", "by"), [(0, 0.0), (3, 0.0), (0, -0.7), (3, 1.5)])
@pytest.mark.parametrize("more", [[], ["--keep"]])
def test_what_did_not_help_is_not_written(command, tmp_path, monkeypatch, views, step, by, more):
    from odfault.card import read_card
    from odfault_training import tune

    def fake(card, weights, lines, held, **words):
        looks = [Look(0, 0.0, marks(0.5, 0.5), 0.0), Look(3, 0.0, marks(0.6, 0.5), 0.0)]
        return Tuned(weights, step, looks, Sharper(views, SAME, SAME), Level(by, 0.5, 0.6))

    monkeypatch.setattr(tune, "tune", fake)
    code, told = command(*more)
    assert code == 0
    helped = bool(views or step or by)
    assert told.out.count("It helped") == bool(views) + bool(step) + bool(by)
    assert ("It did not help" in told.out) == (not helped)
    assert (tmp_path / "tiny2d-tuned").exists() == (helped or bool(more))
    if helped:
        card = read_card(tmp_path / "tiny2d-tuned" / "tiny2d-tuned.keras")
        assert card.scale == (views or ((1.0, 1.0),))[0]
        assert card.average == ("scales" if views else "none")
        assert card.recipe["tuned"]["level"] == by


class Leveled:
    """Stands for a trial whose weights are a bias: faults, and what only looks so, are 2 logits apart."""

    DECOY = 32

    def __init__(self, middles, temperature=1.0):
        self.card, self.middles = dataclasses.replace(CARD, temperature=temperature), middles

    def answer(self, lines, weights):
        return [[self._answer(line, weights[-1].item())] for line in lines]

    def _answer(self, line, bias):
        looks = np.where(np.arange(70)[:, None] == self.DECOY, -1.0, -20.0)
        apart = np.where(line.labels[0] == FAULT, 1.0, looks) + self.middles[line.name]
        return expit(apart + bias / self.card.temperature).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3, 3), st.floats(0.5, 2))
def test_at_the_level_that_is_chosen_one_half_is_between_faults_and_the_rest(middle, temperature):
    trial = Leveled({line.name: middle for line in LINES}, temperature)
    weights = [np.zeros(1, np.float32)]
    level = choose_level(trial, weights, LINES)
    if abs(middle) < 0.5:
        assert level.by == 0.0
        assert level.before == level.after == 1.0
    elif abs(middle) > 1.1:
        assert abs(level.by - middle) < 1
        assert level.after == 1.0 > level.before
        answers = trial.answer(LINES, lower(trial, weights, level.by))
        for (answer,), line in zip(answers, LINES, strict=True):
            np.testing.assert_array_equal(answer > 0.5, line.labels[0] == FAULT)


def test_no_line_chooses_the_level_that_it_is_judged_at():
    trial = Leveled({"line1": 2.0, "line2": -2.0})
    level = choose_level(trial, [np.zeros(1, np.float32)], LINES[:2])
    assert level.by == 0.0
    assert level.after <= level.before
    assert choose_level(trial, [np.zeros(1, np.float32)], LINES[:1]).by > 1


def test_a_lower_level_lowers_the_logits_and_nothing_else(tiny2d):
    card, weights = read_base(tiny2d)
    trial = Trial(card)
    before = trial.answer(LINES[:1], weights)[0][0]
    after = trial.answer(LINES[:1], lower(trial, weights, 0.7))[0][0]
    inner = (before > 0.01) & (before < 0.99)
    np.testing.assert_allclose(logit(before[inner]) - logit(after[inner]), 0.7, atol=2e-3)


def test_what_helped_is_more_than_nothing():
    for gain in (0.1, 0.0, -0.1):
        assert has_helped(marks(0.5 + gain, 0.5), marks(0.5, 0.5)) == (gain > 0)


def test_the_command_tunes_and_what_it_writes_runs(command, tmp_path):
    import odfault
    from odfault.card import read_card

    code, told = command("--keep", "--folder", "out", "--hold", "line2")
    assert code == 0
    card = read_card(tmp_path / "out" / "tiny2d-tuned.keras")
    tuned = card.recipe["tuned"]
    assert tuned["files"] == ["line1.npz", "line2.npz", "line3.npz"]
    assert (tuned["held"], tuned["steps"], tuned["rate"]) == ("line2", 6, 5e-3)
    assert {"keras", "odfault"} <= set(tuned["versions"])
    assert set(card.scores) == {"data", "before", "after", "scales", "level"}
    log = (tmp_path / "out" / "log.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in log if not row.startswith("0,")] == ["step", "3", "6"]
    assert f"{tuned['step']} steps" in told.out
    answer = odfault.predict(
        LINES[1].seismic[0], tmp_path / "out" / "tiny2d-tuned.keras", precision="float32"
    )
    assert answer.shape == LINES[1].seismic[0].shape
    assert json.dumps(card.recipe)


def test_what_is_written_answers_as_it_was_judged(tiny2d, tmp_path):
    import odfault

    card, weights = read_base(tiny2d)
    views = ((2.0, 1.5), (1.0, 1.0), (2.5, 0.75))
    looks = [Look(0, 0.0, marks(0.5, 0.5), 0.0)]
    tuned = Tuned(weights, 0, looks, Sharper(views, SAME, SAME), Level(0.0, 0.5, 0.5))
    path = write_tuned(tmp_path / "out", card, tuned, {"held": "line2"})
    judged = Trial(card).at(views).answer(LINES, weights)
    for line, (answer,) in zip(LINES, judged, strict=True):
        told = odfault.predict(line.seismic[0], path, precision="float32")
        np.testing.assert_allclose(told, answer, atol=1e-4)


def test_the_command_prints_what_tuning_is_worth(command, archives, tmp_path):
    before = sorted(tmp_path.iterdir())
    code, told = command("--leave-one-out", "--steps", "3", "--labels", *archives[:2])
    assert code == 0
    assert [row.split()[0] for row in told.out.splitlines()[-3:]] == ["line1", "line2", "pooled"]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ["--steps", "0"],
        ["--minutes", "0"],
        ["--rate", "2"],
        ["--batch", "1"],
        ["--seed", "-1"],
        ["--hold", "other"],
        ["--labels", "none.npz"],
        ["--folder", "line1.npz"],
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(command, words):
    code, told = command(*words)
    assert code == 2
    assert told.err.startswith("odfault-train: ")
    assert told.err.count("\n") == 1
    assert told.err.count(": ") >= 2


class Seen:
    """Stands for a trial whose network finds of a line's faults a share, by the scale it sees them at."""

    def __init__(self, share, card=CARD):
        self.share, self.card = share, card

    def at(self, views):
        return Seen(self.share, see(self.card, views))

    def answer(self, lines, weights):
        return [[self._find(line)] for line in lines]

    def _find(self, line):
        shares = [self.share(line.name, view[1:]) for view in own_lens(self.card).views]
        fault = (line.labels[0] == FAULT).astype(np.float32)
        return fault * (np.arange(28) < 28 * np.mean(shares))


def test_the_scales_at_which_faults_are_found_are_chosen_if_they_are_clearly_better(monkeypatch):
    monkeypatch.setattr(sharper, "SCALES", SCALES)
    for best in ((0.75, 2.0), (2.5, 1.25), (3.0, 0.75)):

        def far(name, scale, best=best):
            """Tell how much is found at a scale: the less, the further it is from the best."""
            return max(0.1, 0.9 - sum(abs(np.log2(a / b)) for a, b in zip(scale, best, strict=True)) / 2)

        chosen = choose_views(Seen(far), [], LINES)
        nearest = sorted(SCALES[2], key=lambda scale: -far("", scale))
        assert chosen.views[0] == best
        assert sorted(far("", scale) for scale in chosen.views) == sorted(far("", n) for n in nearest[:3])
        assert chosen.after.both > chosen.before.both
        assert choose_views(Seen(far), [], LINES[:1]).views[0] == best
    assert choose_views(Seen(lambda name, scale: 0.5), [], LINES).views == ()


def test_no_line_chooses_the_scales_that_it_is_judged_at(monkeypatch):
    monkeypatch.setattr(sharper, "SCALES", SCALES)

    def alone(name, scale):
        """Tell how much is found: each line at scales of its own, and not at those of the other."""
        if scale == (1.0, 1.0):
            return 0.5
        return 0.9 if (scale[1] > 1) == (name == "line1") else 0.4

    chosen = choose_views(Seen(alone), [], LINES[:2])
    assert chosen.views == ()
    assert chosen.after.both < chosen.before.both
    assert all(scale[1] > 1 for scale in choose_views(Seen(alone), [], LINES[:1]).views)


@given(st.lists(st.tuples(*[st.integers(1, 16)] * 2), min_size=1, max_size=5, unique=True))
def test_a_card_sees_at_the_scales_that_it_is_given(quarters):
    views = tuple((x / 4, y / 4) for x, y in quarters)
    card = see(CARD, views)
    assert [view[1:] for view in own_lens(card).views] == list(views)
    assert see(card, ()) is card


@pytest.mark.parametrize("scale", [(2.0, 1.5), (0.75, 0.75), (1.0, 1.5)])
def test_a_stretched_line_has_its_faults_where_its_beds_break(scale):
    line = LINES[0]
    seen = stretch(line, scale)
    assert seen.seismic.shape == seen.labels.shape == (1, round(70 * scale[0]), round(28 * scale[1]))
    places = np.unique(np.nonzero((seen.labels[0] == FAULT).any(axis=1))[0]) + 0.5
    drawn = np.unique(np.nonzero((line.labels[0] == FAULT).any(axis=1))[0]) + 0.5
    assert all(np.abs(drawn * scale[0] - place).min() <= 1 for place in places)
    assert all(np.abs(places - fault * scale[0]).min() <= 1 for fault in drawn)
    assert stretch(line, (1.0, 1.0)) is line
    worded = dataclasses.replace(line, worded=True)
    assert set(np.unique(stretch(worded, scale).labels)) <= set(np.unique(line.labels))


def test_time_ends_it_with_what_it_has(tiny2d):
    card, weights = read_base(tiny2d)
    tuned = tune(card, weights, LINES[:1], LINES[1], tuning=dataclasses.replace(TINY, steps=50, minutes=1e-6))
    assert [look.step for look in tuned.looks if look.step] == [1]


def test_the_defaults_that_help_tells_are_those_that_hold():
    told = " ".join(tune_command.NUMBERS.values())
    for name in ("steps", "minutes", "batch", "seed"):
        assert f"default {getattr(Tuning(), name):g})" in told
    assert f"default {Tuning().rate:.0e}".replace("e-0", "e-") in told
