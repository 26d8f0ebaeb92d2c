"""Claims about published runs: at which step, by which margin, and how many tests."""

from dataclasses import replace

import numpy as np
import pytest

from mpo_repro.analysis import claims, published
from mpo_repro.analysis.claim_data import Runs, values
from mpo_repro.analysis.collect import collect
from mpo_repro.analysis.expected_power import power
from mpo_repro.analysis.results import load
from mpo_repro.config import ConfigError
from mpo_repro.config.claim import Claim, Measure

TASK = "cartpole-swingup"


def claim(test="not_below_published", score=None, tasks=(TASK,), parts=1, **changes):
    """A claim about the arm `wide` of the study `made`."""
    alone = test == "not_below_published"
    made_up = {"margin": 0.1, "share": 0.1, "reason": "made up"}
    made_up |= {key: changes.pop(key) for key in ("looks", "share") if key in changes}
    part = {
        "name": "one",
        "study": "made",
        "tasks": tasks,
        "treatments": ["wide"],
        "reference": None if alone else "reference",
        "measure": {"score": "final"} | (score or {}),
        "test": {"name": test} | made_up,
        "expected": {"effect": 0.1, "sd": 0.1, "reason": "made up"},
    }
    part |= changes.pop("part", {})
    said = {"id": "C1", "title": "t", "words": "w", "source": "s", "family": "f"}
    return Claim.model_validate(said | {"parts": [part] * parts} | changes)


@pytest.fixture
def results(make, root):
    """Results of two arms with six seeds."""
    study = make.write_study(root, tasks=[TASK], seeds=list(range(6)))
    for run in study.runs():
        make.write_run(root, run)
    collect(study, root / "out", root)
    return load(root / "out")


def judge(one, results):
    """Judges a claim that nobody registered."""
    return claims.judge([one], [results], {}, {}, lambda commit: None)[0]


def test_a_run_is_measured_at_a_step_before_its_end():
    steps = np.array([10_000, 20_000, 30_000, 40_000])
    curves = np.array([[0.1, 0.2, 0.4, 0.9]])
    runs = Runs("a", TASK, steps, curves, (), np.array([False]))
    half = Measure(score="final", fraction=0.5, at=40_000)
    assert values(runs, half) == pytest.approx([0.65])
    early = Measure(score="final", fraction=0.5, at=20_000)
    assert values(runs, early) == pytest.approx([0.2])


def test_published_runs_are_taken_at_the_same_step(results):
    every = results.study["evaluation"]["interval"]
    for at in (80_000, 100_000):
        assert at % every == 0
        test = judge(claim(score={"fraction": 0.01, "at": at}), results).tests[0]
        theirs = published.scores(TASK, at).mean() / 1000
        table = results.curves
        ours = table[(table["arm"] == "wide") & (table["kind"] == "sampled")]
        ours = ours[ours["environment_steps"] // every == at // every]
        difference = ours["episode_return"].mean() / 1000 - theirs
        assert test.evidence.effect == pytest.approx(difference)
        assert test.evidence.margin == pytest.approx(0.1 + 0.1 * theirs)


def test_published_runs_can_be_the_reference_of_any_test_of_a_task(results):
    expected = {"effect": 0.4, "sd": 0.1, "reason": "made up"}
    part = {"reference": "published", "expected": expected}
    one = claim("superiority", share=None, part=part)
    judged = judge(one, results)
    (test,) = judged.tests
    theirs = published.scores(TASK, 100_000) / 1000
    assert test.trial.label == f"wide against published MPO on {TASK}"
    assert test.evidence.runs == (6, 10)
    ours = values(test.trial.runs[0], one.parts[0].measure)
    assert test.evidence.effect == pytest.approx(ours.mean() - theirs.mean())
    assert judged.exploratory == "published runs are one of its arms"
    assert power(one, 10).share == 1


@pytest.mark.parametrize(
    "changes", [{"score": {"score": "area"}}, {"test": "suite_superiority"}]
)
def test_published_runs_have_a_final_score_a_task_only(results, changes):
    asked = {"test": "superiority", "share": None} | changes
    with pytest.raises(ConfigError, match="with published runs"):
        judge(claim(**asked, part={"reference": "published"}), results)


def test_training_episodes_are_a_second_reading(results):
    """The same window and test, of other episodes."""
    test = judge(claim(), results).tests[0]
    table = results.curves
    ours = table[(table["arm"] == "wide") & (table["kind"] == "behaviour")]
    late = ours[ours["environment_steps"] > 75_000].groupby("seed")["episode_return"]
    difference = (
        late.mean().mean() / 1000 - published.scores(TASK, 100_000).mean() / 1000
    )
    assert f"the difference is {difference:.3g}: " in test.verdict.sentence
    without = replace(results, curves=table[table["kind"] != "behaviour"])
    assert judge(claim(), without).tests[0].reading == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"score": {"at": 5_000}}, "parts.0.measure.at: given 5000"),
        ({"score": {"at": 200_000}}, "up to 100,000, where made evaluates"),
        ({"test": "superiority"}, "parts.0.test.share: given 0.1"),
        ({"rule": 2}, "rule: given 2; allowed: 1 to 1, its tests"),
        ({"looks": (3, 7)}, r"looks: given \[3, 7\]; allowed: numbers up to 6"),
        ({"looks": (3, 6), "test": "superiority", "share": None}, "is made once"),
    ],
)
def test_what_makes_no_sense_is_refused(results, changes, message):
    with pytest.raises(ConfigError, match=message):
        judge(claim(**changes), results)


def test_a_second_look_waits_for_all_of_its_runs(make, root):
    """Five of six seeds are looked at like the first three."""
    study = make.write_study(root, tasks=[TASK], seeds=list(range(6)))
    for run in study.runs():
        if run.seed < 5:
            make.write_run(root, run)
    collect(study, root / "out", root)
    test = judge(claim(looks=(3, 6)), load(root / "out")).tests[0]
    assert (test.evidence.runs[0], test.evidence.missing[0]) == (3, 3)
    assert test.verdict.incomplete
    assert "Look 1 of 2, each with an error rate of 0.032." in test.verdict.sentence
    assert len(test.trial.missing) == 1


def test_looks_rise():
    with pytest.raises(ValueError, match=r"looks that rise, not \[6, 3\]"):
        claim(looks=(6, 3))


@pytest.mark.parametrize("changes", [{"parts": 2}, {"tasks": None}])
def test_a_number_of_tests_is_of_the_tasks_of_one_part(changes):
    assert claim(rule=1).rule == 1
    with pytest.raises(ValueError, match="but for one part with tasks"):
        claim(rule=1, **changes)


def test_tasks_that_results_do_not_have_count_as_open(make, root):
    """As in those of a study's other size."""
    study = make.write_study(root, seeds=list(range(6)))
    for run in study.runs():
        if run.task == TASK:
            make.write_run(root, run)
    collect(study, root / "out", root)
    found = load(root / "out")
    found.study["tasks"].remove("walker-walk")
    judged = judge(claim(tasks=(TASK, "walker-walk"), rule=2), found)
    assert judged.outcome != "supported"
    assert len(judged.tests) == 2
    assert [bool(test.evidence) for test in judged.tests] == [True, False]


def test_the_first_seed_of_several_is_waited_with(make, root):
    """Not "not testable", which says that no runs could test it."""
    study = make.write_study(root, tasks=[TASK], seeds=list(range(6)))
    for run in study.runs():
        if run.seed == 0:
            make.write_run(root, run)
    collect(study, root / "out", root)
    judged = judge(claim(), load(root / "out"))
    assert (judged.outcome, judged.needs) == ("not run", ("made",))
