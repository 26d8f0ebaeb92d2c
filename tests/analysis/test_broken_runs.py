"""Runs that are gone, damaged or failed: named, counted, and said in the verdict.

Those that diverged have the worst score.
"""

import json
import shutil

import numpy as np
import pytest

from mpo_repro.analysis import claims, verdict_table
from mpo_repro.analysis.claim_data import runs_of, step_times, values
from mpo_repro.analysis.collect import collect
from mpo_repro.analysis.expected_power import Power
from mpo_repro.analysis.results import load
from mpo_repro.config.claim import Claim, Measure

TASK = "cartpole-swingup"


def claim(test: dict, reference: str | None) -> Claim:
    """A claim about the arm `wide` of the study `made`."""
    expected = {"effect": 0.1, "sd": 0.1, "reason": "made up"}
    part = {"name": "one", "study": "made", "treatments": ["wide"], "test": test}
    part |= {"reference": reference, "measure": {"score": "final"}}
    said = {"id": "C1", "title": "t", "words": "w", "source": "s", "family": "f"}
    return Claim.model_validate(said | {"parts": [part | {"expected": expected}]})


BETTER = claim({"name": "superiority", "margin": 0.1, "reason": "r"}, "reference")
AGREES = claim({"name": "agreement", "margin": 0.3, "reason": "r"}, None)


@pytest.fixture
def damaged(make, root):
    """Results of two arms with six seeds, of which one arm lost three runs."""
    study = make.write_study(root, tasks=[TASK], seeds=list(range(6)))
    folders = {(r.arm, r.seed): make.write_run(root, r) for r in study.runs()}
    shutil.rmtree(folders["wide", 0])
    (folders["wide", 1] / "curve.parquet").write_bytes(b"PAR1 and then nothing")
    failed = folders["wide", 2]
    details = json.loads((failed / "run.json").read_text())
    details |= {"ended": "failed", "reason": "out of memory"}
    (failed / "run.json").write_text(json.dumps(details))
    (failed / "steps-100000.done.json").unlink()
    collect(study, root / "out", root)
    return load(root / "out")


@pytest.fixture
def diverged(make, root):
    """Results of two arms with six seeds, of which the last of one arm diverged."""
    study = make.write_study(root, tasks=[TASK], seeds=list(range(6)))
    folders = {(r.arm, r.seed): make.write_run(root, r) for r in study.runs()}
    about = folders["wide", 5] / "run.json"
    ended = {"ended": "diverged", "reason": "Q has diverged"}
    about.write_text(json.dumps(json.loads(about.read_text()) | ended))
    (folders["wide", 5] / "steps-100000.done.json").unlink()
    collect(study, root / "out", root)
    return load(root / "out")


def judged(one, results):
    return claims.judge([one], [results], {}, {}, lambda commit: None)[0]


def test_every_lost_run_is_named_with_its_reason(damaged):
    found = judged(BETTER, damaged)
    gone, broken, failed = found.missing
    assert gone == f"wide on {TASK}, seed 0: missing, no run folder"
    assert broken.startswith(f"wide on {TASK}, seed 1: broken, curve.parquet")
    assert failed.startswith(f"wide on {TASK}, seed 2: unfinished, reached")
    assert failed.endswith("failed: out of memory")


def test_the_verdict_says_that_it_rests_on_incomplete_arms(damaged):
    found = judged(BETTER, damaged)
    assert found.tests[0].evidence.runs == (3, 6)
    assert found.tests[0].evidence.missing == (3, 0)
    assert found.verdict.incomplete
    said = "It rests on incomplete arms: 3 planned runs are missing."
    assert said in found.verdict.sentence
    content = verdict_table.document([found], {"C1": Power(6, 1.0, 0.0)}, ["made"])
    row = content["claims"][0]
    assert said in row["sentence"]
    assert row["missing"] == list(found.missing)
    assert row["tests"][0]["missing"] == [3, 0]


def test_beside_published_runs_the_lost_ones_do_not_count(damaged):
    found = judged(AGREES, damaged)
    assert found.tests[0].evidence.runs == (3, 10)
    text = found.verdict.sentence
    assert "3 planned runs are missing. The mean" in text
    assert "95 % prediction interval of the published runs" in text
    assert "small telescopes" in text


def test_a_run_that_diverged_is_the_worst_of_its_arm_and_not_missing(diverged):
    found = judged(BETTER, diverged)
    assert found.missing == ()
    assert found.tests[0].evidence.runs == (6, 6)
    scores = found.tests[0].trial.data[0]
    assert scores[5] == 0
    assert (scores[:5] > 0.3).all()


@pytest.mark.parametrize(
    ("score", "worst"),
    [("area", 0), ("steadiness", 0), ("drops", 1), ("fails", 1), ("never_reaches", 1)],
)
def test_the_worst_of_every_measure(diverged, score, worst):
    runs = runs_of(diverged, "wide", TASK, (0, 1000))
    threshold = 0.3 if worst else None
    found = values(runs, Measure(score=score, threshold=threshold))
    assert found[5] == worst
    assert not np.isnan(found).any()


def test_a_run_that_diverged_reaches_no_threshold_in_all_the_steps(diverged):
    runs = runs_of(diverged, "wide", TASK, (0, 1000))
    times, reached = step_times(runs, Measure(score="steps_to", threshold=0.3))
    assert (times[5], reached[5]) == (100_000, False)
    assert reached[:5].all()
