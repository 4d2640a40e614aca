"""A score asks where the crest of a fault lies, within a tolerance, and not how thick it was drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from odfault.agreement import within_reach
from odfault.errors import OdfaultError
from odfault.thinning import thin
from odfault_training.bootstrap import FEWEST, find_intervals
from odfault_training.calibration import (
    NOTHING,
    brier,
    expected_calibration_error,
    reliability,
    tally,
)
from odfault_training.metrics import THRESHOLDS, Counts, count_matches, pool, score_counts
from odfault_training.objects import THROWS, count_objects

SHAPE = (40, 50)


def fault(trace=20.0, slope=0.0, *, shape=SHAPE):
    """Return a label one sample thick."""
    label = np.zeros(shape, np.uint8)
    samples = np.arange(shape[1])
    label[np.round(trace + slope * samples).astype(int), samples] = 1
    return label


def ridge(trace=20.0, slope=0.0, *, width=1.5, height=1.0):
    across = np.arange(SHAPE[0])[:, None] - trace - slope * np.arange(SHAPE[1])
    return (height * np.exp(-0.5 * (across / width) ** 2)).astype(np.float32)


def count_all(probabilities, labels, ignore=None, *, tolerance=2.0):
    """Count matches section by section."""
    masks = [None] * len(labels) if ignore is None else ignore
    return [
        count_matches(*section, tolerance=tolerance)
        for section in zip(probabilities, labels, masks, strict=True)
    ]


def score_sections(probabilities, labels, ignore=None, *, tolerance=2.0):
    return score_counts(count_all(probabilities, labels, ignore, tolerance=tolerance))


def plain_counts(probability, label, ignore, tolerance):
    """Count matches pair by pair."""
    thinned, crest = thin(probability), thin(label != 0) > 0
    labels = [tuple(x) for x in np.argwhere(crest)]
    rows = []
    for threshold in THRESHOLDS:
        predicted = [tuple(x) for x in np.argwhere(thinned >= threshold)]

        def near(a, others):
            return any((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 <= tolerance**2 for b in others)

        doubtful = [tuple(x) for x in np.argwhere(ignore)]
        counted = [x for x in predicted if not ignore[x] and (near(x, labels) or not near(x, doubtful))]
        wanted = [x for x in labels if not ignore[x]]
        true = sum(near(x, labels) for x in counted)
        found = sum(near(x, predicted) for x in wanted)
        rows.append((len(counted), true, len(wanted), found))
    return np.array(rows).T


@given(
    arrays(np.float32, (8, 9), elements=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.99, 1.0])),
    arrays(np.uint8, (8, 9), elements=st.sampled_from([0, 0, 0, 1])),
    arrays(np.bool_, (8, 9), elements=st.sampled_from([False, False, True])),
    st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0]),
)
@settings(max_examples=25, deadline=None)
def test_the_counts_are_those_of_matching_pair_by_pair(probability, label, ignore, tolerance):
    counts = count_matches(probability, label, ignore, tolerance=tolerance)
    answer = [counts.predicted, counts.true, counts.labelled, counts.found]
    np.testing.assert_array_equal(answer, plain_counts(probability, label, ignore, tolerance))


@pytest.mark.parametrize("slope", [0.0, 0.3, -0.35])
def test_a_perfect_answer_scores_1(slope):
    label = fault(slope=slope)
    scores = score_sections([label], [label])
    assert scores.ods == scores.ois == scores.ap == scores.f1_at_half == scores.tolerant_iou_at_half == 1.0
    assert scores.precision_at_half == scores.recall_at_half == 1.0


@pytest.mark.parametrize("tolerance", [1, 2, 3, 8])
def test_an_answer_moved_by_the_tolerance_scores_1_and_one_moved_by_two_more_scores_0(tolerance):
    label = fault()
    assert score_sections([fault(20 + tolerance)], [label], tolerance=tolerance).ods == 1.0
    assert score_sections([fault(22 + tolerance)], [label], tolerance=tolerance).ods == 0.0


@pytest.mark.parametrize("slope", [0.0, 0.2, 0.5])
def test_drawing_a_fault_wider_does_not_change_its_score(slope):
    label = fault(8.0, slope)
    scores = [score_sections([ridge(8.0, slope, width=width)], [label]).ods for width in (0.7, 1.5, 3.0)]
    assert min(scores) > 0.97


def test_a_thick_label_is_thinned():
    thick = within_reach(fault(slope=0.2), 1.0)
    assert thick.sum() > 2.5 * fault().sum()
    assert score_sections([fault(slope=0.2)], [thick]).ods > 0.99


def test_half_of_the_fault_found_is_a_recall_of_half_and_double_the_faults_a_precision_of_half():
    found_half = fault()
    found_half[:, 25:] = 0
    scores = score_sections([found_half], [fault()])
    assert scores.precision_at_half == 1.0
    assert scores.recall_at_half == pytest.approx(0.5, abs=0.05)
    scores = score_sections([fault() | fault(5)], [fault()])
    assert (scores.precision_at_half, scores.recall_at_half) == (0.5, 1.0)
    assert scores.f1_at_half == pytest.approx(2 / 3)
    assert scores.tolerant_iou_at_half == pytest.approx(0.5)


def test_the_best_threshold_divides_the_true_from_the_false():
    answer = np.maximum(ridge(20, height=0.6), ridge(5, height=0.3))
    scores = score_sections([answer], [fault(20)])
    assert scores.ods == 1.0
    assert scores.ods_threshold == 0.31
    assert scores.ap == 1.0


def test_each_sections_own_threshold_is_never_worse_than_the_common_one():
    faint = np.maximum(ridge(20, height=0.3), ridge(5, height=0.15))
    strong = np.maximum(ridge(20, height=0.9), ridge(5, height=0.6))
    scores = score_sections([faint, strong], [fault(), fault()])
    assert scores.ois == 1.0
    assert scores.ods < 0.9


def test_the_best_threshold_of_a_section_without_faults_is_the_one_with_fewest_predictions():
    empty = np.zeros(SHAPE, np.uint8)
    scores = score_sections([fault(), ridge(5, height=0.4)], [fault(), empty])
    assert scores.ois == 1.0
    assert scores.ods == 1.0
    assert scores.ods_threshold == 0.41


def test_average_precision_is_the_area_under_the_envelope():
    samples = np.arange(SHAPE[1])
    answer = np.zeros(SHAPE, np.float32)
    answer[20, samples < 25] = 0.8
    answer[5] = 0.6
    answer[20, samples >= 25] = 0.4
    scores = score_sections([answer], [fault()], tolerance=0.0)
    assert scores.ap == pytest.approx(0.5 * 1.0 + 0.5 * 0.5, abs=0.02)


def test_what_is_ignored_is_not_counted():
    answer = fault() | fault(5)
    ignore = np.zeros(SHAPE, bool)
    ignore[:10] = True
    assert score_sections([answer], [fault()], [ignore]).ods == 1.0
    assert score_sections([fault()], [answer], [ignore]).ods == 1.0


def test_an_ignored_shell_about_a_label_does_not_punish_a_prediction_one_sample_off():
    label = fault()
    shell = within_reach(label, 1.0) != label
    assert score_sections([fault(21)], [label], [shell]).recall_at_half == 1.0


def test_a_prediction_as_near_to_what_is_ignored_as_a_match_would_be_is_not_counted():
    both = fault() | fault(5)
    shell = within_reach(fault(5), 1.0) > 0
    for away, precision in ((3, 1.0), (4, 0.5)):
        answer = fault() | fault(5 + away)
        assert score_sections([answer], [both], [shell]).precision_at_half == precision


def test_a_volume_is_matched_in_any_direction():
    label = np.zeros((20, 24, 28), np.uint8)
    label[:, 12] = 1
    along = label[:, 12]  # the section in the fault's plane is full of it
    assert thin(along).sum() < along.sum() / 2
    for moved, score_ in ((2, 1.0), (3, 0.0)):
        scores = score_counts([count_matches(np.roll(label, moved, axis=1), label)])
        assert (scores.f1_at_half, scores.ods) == (score_, score_)


def test_pooling_adds_counts_and_not_scores():
    large, small = fault(), fault()[:, :10]
    counts = pool([count_matches(large, large), count_matches(np.zeros_like(small), small)])
    assert isinstance(counts, Counts)
    assert counts.recall[49] == pytest.approx(50 / 60)
    assert score_sections([large, 0.0 * small], [large, small]).recall_at_half == pytest.approx(50 / 60)


def test_a_probability_that_is_a_threshold_reaches_it():
    for n in (1, 7, 29, 58, 70, 99):
        counts = count_matches(fault() * np.float32(n / 100), fault())
        assert np.count_nonzero(counts.predicted) == n


def test_sections_that_do_not_fit_or_have_no_label_at_all_are_refused():
    with pytest.raises(OdfaultError, match="shape"):
        score_sections([fault()[:-1]], [fault()])
    with pytest.raises(OdfaultError, match="no fault"):
        score_sections([fault()], [0 * fault()])


def some_sections(count=9):
    """Return answers that are right here and there, and their labels."""
    rng = np.random.default_rng(4)
    places = rng.integers(6, 33, count)
    answers = [
        np.maximum(
            ridge(place + rng.normal(0, 1.2), height=rng.uniform(0.3, 1)),
            ridge(rng.integers(2, 38), height=rng.uniform(0.1, 0.7)),
        )
        for place in places
    ]
    return answers, [fault(place) for place in places]


def test_scores_and_intervals_do_not_depend_on_the_order_of_sections():
    counts = count_all(*some_sections())
    assert score_counts(counts) == score_counts(counts[::-1])
    assert find_intervals(counts) == find_intervals(counts[::-1])


def test_an_interval_holds_its_score_and_shrinks_with_more_sections_of_the_same_kind():
    counts = count_all(*some_sections())
    scores, few, many = score_counts(counts), find_intervals(counts), find_intervals(9 * counts)
    for name, (low, high) in few.items():
        assert low <= getattr(scores, name) <= high
        assert 0 <= low < high <= 1
        assert many[name][1] - many[name][0] < 0.5 * (high - low)


def test_sections_that_are_all_alike_leave_nothing_to_chance_and_two_tell_of_none():
    alike = count_all([fault()] * 5, [fault()] * 5)
    assert set(find_intervals(alike).values()) == {(1.0, 1.0)}
    assert np.isnan(list(find_intervals(alike[: FEWEST - 1]).values())).all()


def test_a_calibrated_forecast_has_no_calibration_error_and_an_overbold_one_has():
    rng = np.random.default_rng(5)
    probability = rng.random(40_000)
    event = rng.random(40_000) < probability
    assert expected_calibration_error(tally(probability, event)) < 0.015
    assert expected_calibration_error(tally(np.clip(2 * probability - 0.5, 0, 1), event)) > 0.1
    equal = tally(np.full(10, 0.3), np.arange(10) < 3)
    assert expected_calibration_error(equal) == pytest.approx(0.0, abs=1e-12)


def plain_error(probability, event, bins=15):
    """Sort, cut in as many parts, compare the means."""
    order = np.argsort(probability)
    parts = zip(np.array_split(probability[order], bins), np.array_split(event[order], bins), strict=True)
    return sum(abs(p.mean() - e.mean()) * len(p) for p, e in parts) / len(order)


def test_the_calibration_error_is_that_of_sorting_and_cutting():
    rng = np.random.default_rng(8)
    probability = rng.random(30_000) ** 6
    event = rng.random(30_000) < probability**0.7
    found = expected_calibration_error(tally(probability, event))
    assert found == pytest.approx(plain_error(probability, event), rel=0.02)


def test_the_order_and_the_cutting_of_the_samples_do_not_change_the_calibration():
    rng = np.random.default_rng(6)
    probability = rng.integers(0, 4, 500) / 4
    event = rng.random(500) < 0.3
    whole = tally(probability, event)
    order = rng.permutation(500)
    parts = (tally(probability[some], event[some]) for some in (order[:123], order[123:]))
    pooled = sum(parts, start=NOTHING)
    for measure in (expected_calibration_error, brier):
        assert measure(pooled) == pytest.approx(measure(whole))
    np.testing.assert_allclose(reliability(pooled), reliability(whole))


def test_the_diagram_and_the_brier_score_are_their_definitions():
    points = reliability(tally(np.array([0.1, 0.1, 0.1, 0.1, 1.0, 1.0]), np.array([1, 0, 0, 0, 1, 0])))
    np.testing.assert_allclose(points, [[0.1, 0.25, 4], [1.0, 0.5, 2]])
    assert brier(tally(np.array([0.5, 1.0]), np.array([1, 0]))) == pytest.approx((0.25 + 1.0) / 2)
    with pytest.raises(OdfaultError, match="differ in shape"):
        tally(np.zeros(3), np.zeros(4))


def bin_of(throw):
    return max(n for n, start in enumerate(THROWS) if start <= throw)


def test_a_fault_object_is_found_when_half_of_it_is_and_stands_where_its_throw_is():
    label = fault(10) | fault(30)
    throw = 5.0 * fault(10) + 18.0 * fault(30)
    answer = fault(11).astype(float)
    answer[30, 30:] = 1
    wanted = np.zeros((len(THROWS), 2), int)
    wanted[bin_of(5)], wanted[bin_of(18)] = (1, 1), (1, 0)
    np.testing.assert_array_equal(count_objects(answer, label, throw), wanted)
    answer[30, 20:] = 1
    assert count_objects(answer, label, throw)[bin_of(18), 1] == 1
    assert count_objects(0.49 * answer, label, throw)[:, 1].sum() == 0


def test_the_throw_of_an_object_is_its_median_and_scraps_are_no_objects():
    label, throw = fault(), np.full(SHAPE, 3.5)
    throw[:, :20] = 40.0
    assert count_objects(label, label, throw)[bin_of(3.5)].tolist() == [1, 1]
    label[:, 5:] = 0
    assert count_objects(label, label, throw).sum() == 0
    assert count_objects(label, 0 * label, throw).sum() == 0
