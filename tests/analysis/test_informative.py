"""Tests a task, events that a run can show, and tasks that tell nothing."""

import numpy as np
import pytest

from mpo_repro.analysis import claim_check, claims, published
from mpo_repro.analysis.claim_data import Runs, able
from mpo_repro.analysis.collect import collect
from mpo_repro.analysis.informative import untrained_passes
from mpo_repro.analysis.results import load
from mpo_repro.analysis.trials import trials
from mpo_repro.config import ConfigError
from mpo_repro.config.claim import Claim, Measure

STEPS = np.array([10_000, 20_000, 30_000])
TASKS = ("cartpole-swingup", "walker-walk")
DROPS = {"score": "drops", "threshold": 0.4, "able_only": True}


def claim(test="rarely_fails", score=None, tasks=TASKS, part=None, **changes):
    """A claim on the arm `wide`."""
    one = {
        "name": "one",
        "study": "made",
        "tasks": tasks,
        "treatments": ["wide"],
        "measure": score or DROPS,
        "test": {"name": test, "margin": 0.5, "reason": "made up"},
        "expected": {"effect": 0.0, "reason": "guessed"},
    }
    said = {"id": "C1", "title": "t", "words": "w", "source": "s", "family": "f"}
    return Claim.model_validate(said | {"parts": [one | (part or {})]} | changes)


def runs(task, *curves):
    lost = np.zeros(len(curves), bool)
    return Runs("wide", task, STEPS, np.array(curves, float), (), lost)


LEARNT = runs("cartpole-swingup", *[[0.1, 0.8, 0.9]] * 5)
FELL = runs("walker-walk", *[[0.1, 0.8, 0.2]] * 3, [0.1, 0.2, 0.1], [0.0, 0.3, 0.0])


def look(_arm, task):
    return {"cartpole-swingup": LEARNT, "walker-walk": FELL}[task]


def test_runs_that_never_got_there_cannot_fall():
    assert able(FELL, Measure(**DROPS)).tolist() == [True] * 3 + [False] * 2
    assert able(FELL, Measure(score="drops", threshold=0.4)).all()
    lost = runs("walker-walk", [np.nan] * 3, [0.1, 0.9, 0.9])
    assert able(lost, Measure(**DROPS)).tolist() == [True, True]  # missing: still so


def test_pooled_runs_hide_a_task_that_always_falls_and_tests_a_task_do_not():
    one = claim()
    (pooled,) = trials(one, one.parts[0], TASKS, look)
    assert pooled.data[0].tolist() == [0] * 5 + [1] * 3
    assert pooled.label.endswith("runs that reached 0.4")
    each = claim(part={"per_task": True})
    first, second = trials(each, each.parts[0], TASKS, look)
    assert (first.data[0].tolist(), second.data[0].tolist()) == ([0] * 5, [1] * 3)


def test_a_test_a_task_is_of_a_test_that_takes_all_together(make, root):
    make.write_study(root, tasks=list(TASKS), seeds=list(range(5)))
    sound = claim(part={"per_task": True}, rule=2, despite={"power": "so"})
    claim_check.check(sound)
    other = {"per_task": True, "reference": "reference", "measure": {"score": "final"}}
    with pytest.raises(ConfigError, match="per_task: given True"):
        claim_check.check(claim("superiority", part=other))


def test_every_published_task_was_measured_without_training():
    for task in published.tasks():
        returns = published.untrained(task)
        assert returns.shape == (10,)
        assert (returns >= 0).all()
        assert (returns <= 1000).all()
    assert not len(published.untrained("Reacher-v4"))


def test_a_task_that_an_untrained_policy_passes_tells_nothing():
    low = published.untrained("walker-walk").mean() / 1000
    one = claim("not_below_published", {"score": "final"})
    part = one.parts[0].model_copy(
        update={"test": one.parts[0].test.model_copy(update={"margin": 0.02})}
    )
    near, far = np.full(10, low + 0.01), np.full(10, low + 0.5)
    assert untrained_passes(one, part, "walker-walk", near)
    assert not untrained_passes(one, part, "walker-walk", far)
    assert not untrained_passes(one, part, "Reacher-v4", near)
    easy = claim(score={"score": "never_reaches", "threshold": low / 2})
    assert untrained_passes(easy, easy.parts[0], "walker-walk", np.empty(0))
    hard = claim(score={"score": "never_reaches", "threshold": 0.9})
    assert not untrained_passes(hard, hard.parts[0], "walker-walk", np.empty(0))


@pytest.mark.parametrize(
    ("rule", "outcome"), [("all", "supported"), (1, "supported"), (2, "not testable")]
)
def test_such_tasks_are_named_and_left_out_of_the_count(make, root, rule, outcome):
    """An untrained policy stands better than it walks."""
    tasks = ("walker-stand", "walker-walk")
    stands, walks = (published.untrained(task).mean() / 1000 for task in tasks)
    assert walks < 0.1 < stands
    score = {"score": "never_reaches", "threshold": 0.1}
    study = make.write_study(root, tasks=list(tasks), seeds=list(range(5)))
    for run in study.runs():
        make.write_run(root, run)
    collect(study, root / "out", root)
    one = claim(score=score, tasks=tasks, part={"per_task": True}, rule=rule)
    judged = claims.judge([one], [load(root / "out")], {}, {}, lambda commit: None)[0]
    assert judged.outcome == outcome
    assert judged.verdict.sentence.endswith(
        " Left out, as an untrained policy would pass: walker-stand."
    )
