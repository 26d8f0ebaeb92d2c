"""Claims judged on made-up results with known effects."""

import json

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis import claims, registration, verdict_table
from mpo_repro.analysis.expected_power import power
from mpo_repro.analysis.results import Results
from mpo_repro.config import ConfigError
from mpo_repro.config.claim import Claim

TASK = "cartpole-swingup"
SPREAD = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])
# Arm -> normalised score of each seed; None: nothing of it was run.
LEVELS = {
    "reference": 0.5 + SPREAD,
    "better": 0.8 + SPREAD,
    "worse": 0.2 + SPREAD,
    "same": 0.5 + SPREAD[::-1],
    "slightly": 0.55 + SPREAD / 10,
    "noisy": 0.6 + 20 * SPREAD,
    "leaning": 0.7 + 5 * SPREAD,
    "clearly": 0.62 + 3 * SPREAD,
    "absent": None,
}


@pytest.fixture
def results(make, root):
    """A study of eight arms whose runs hold one level each, five seeds."""
    settings = [{"improvement.epsilon": 0.1 * (n + 1)} for n in range(len(LEVELS))]
    pairs = zip(LEVELS, settings, strict=True)
    arms = {name: {"label": name, "set": own} for name, own in pairs}
    study = make.write_study(root, tasks=[TASK], seeds=[0, 1, 2, 3, 4], arms=arms)
    return made(root, study.model_dump(mode="json"), LEVELS)


def made(root, study, levels, commit="c0ffee"):
    """Results in which each run scores its level at every evaluation."""
    runs, curves = [], []
    for arm, level in ((arm, levels[arm]) for arm in study["arms"]):
        for seed in study["seeds"]:
            there = level is not None and not np.isnan(level[seed])
            name = {"study": "made", "task": TASK, "arm": arm, "seed": seed}
            name["ended"] = "completed" if there else ""
            state = {"state": "finished", "reason": "", "commit": commit}
            gone = {"state": "missing", "reason": "no run folder", "commit": ""}
            runs.append(name | {"steps": 100_000} | (state if there else gone))
            if there:
                curves.append(curve(name, 1000 * level[seed]))
    table = pd.concat(curves, ignore_index=True)
    empty = pd.DataFrame()
    return Results(root, study, table, empty, empty, pd.DataFrame(runs))


def curve(name, level):
    """A run of ten evaluations of one episode, each a few steps late."""
    steps = np.arange(10_000, 100_001, 10_000) + 3
    rows = {"environment_steps": steps, "kind": "sampled", "episode": range(10)}
    return pd.DataFrame(name | rows | {"episode_return": float(level)})


def claim(test="superiority", treatments=("better",), score=None, **changes):
    """A claim that treatments beat the reference, or another test's."""
    alone = test in ("rarely_fails",)
    margin = changes.pop("margin", 0.1)
    part = {
        "name": "one",
        "study": "made",
        "treatments": list(treatments),
        "reference": None if alone else "reference",
        "measure": score or {"score": "final"},
        "test": {"name": test, "margin": margin, "reason": "made up"},
        "expected": {"effect": 0.0 if alone else 0.3, "sd": 0.02, "reason": "made up"},
    }
    said = {"id": "C1", "title": "t", "words": "w", "source": "s", "family": "f"}
    return Claim.model_validate(said | {"parts": [part]} | changes)


def judge(one, results, register=None, at=lambda commit: None, certificates=None):
    """Judges one claim."""
    found = claims.judge([one], results, certificates or {}, register or {}, at)
    return found[0]


@pytest.mark.parametrize(
    ("arm", "outcome"),
    [
        ("better", "supported"),
        ("worse", "contradicted"),
        ("same", "not supported"),
        ("slightly", "direction shown"),
        ("clearly", "direction shown"),
        ("noisy", "undecided"),
        ("absent", "not run"),
    ],
)
def test_known_effects_have_known_verdicts(results, arm, outcome):
    assert judge(claim(treatments=[arm]), [results]).outcome == outcome


def test_effect_and_interval_are_those_of_the_normalised_scores(results):
    evidence = judge(claim(), [results]).decisive.evidence
    assert evidence.effect == pytest.approx(0.3)
    # Welch: SE = sqrt(2 * 0.00025 / 5) = 0.01 with 8 degrees of freedom.
    assert evidence.low == pytest.approx(0.3 - 0.0230600, abs=1e-6)
    assert evidence.runs == (5, 5)


def test_equivalence_is_shown_and_refuted(results):
    same = claim("equivalence", ["same"])
    assert judge(same, [results]).outcome == "supported"
    better = claim("equivalence", ["better"])
    assert judge(better, [results]).outcome == "contradicted"


def test_too_few_seeds_decide_nothing(results, root):
    levels = {
        arm: None if level is None else np.where(np.arange(5) < 2, level, np.nan)
        for arm, level in LEVELS.items()
    }
    few = made(root, results.study, levels)
    judged = judge(claim(), [few])
    assert judged.outcome == "undecided"
    assert "3 runs" in judged.verdict.sentence
    assert len(judged.missing) == 6
    assert judge(claim(minimum_seeds=6), [results]).outcome == "undecided"


def test_a_missing_arm_leaves_the_claim_open(results):
    judged = judge(claim(treatments=["better", "absent"]), [results])
    assert judged.outcome == "undecided"
    assert "there is nothing of absent" in judged.tests[1].verdict.sentence
    assert "1 not run (absent)" in judged.verdict.sentence
    any_ = claim(treatments=["better", "absent"], rule="any")
    assert judge(any_, [results]).outcome == "supported"


def test_an_absent_study_is_needed(results):
    assert judge(claim(), []).needs == ("made",)
    assert judge(claim(), []).outcome == "not run"


def test_tests_of_a_family_are_corrected_together(results):
    alone = judge(claim(treatments=["leaning"]), [results]).tests[0].evidence
    one, two = (claim(treatments=["leaning"], id=name) for name in ("C1", "C2"))
    apart = two.model_copy(update={"family": "g"})
    for said, times in (([claim(), two], 1), ([one, two], 2), ([one, apart], 1)):
        found = claims.judge(said, [results], {}, {}, lambda commit: None)
        adjusted = found[1].tests[0].evidence
        assert adjusted.p_claim == pytest.approx(times * alone.p_claim)
        interval = alone.interval(1 - 0.05 / times)
        assert adjusted.decisive == pytest.approx(interval)


def test_where_all_tests_must_hold_none_is_corrected_for_the_others(results):
    alone = judge(claim(treatments=["leaning"]), [results]).tests[0].evidence
    both = ["leaning", "leaning"]
    needed = judge(claim(treatments=both), [results])
    assert needed.tests[0].evidence.p_claim == pytest.approx(alone.p_claim)
    lacking = judge(claim(treatments=[*both, "absent"]), [results])
    assert lacking.tests[0].evidence.p_claim == pytest.approx(2 * alone.p_claim)


def test_a_claim_of_impossibility_is_refuted_by_its_contrary(results):
    never = {"score": "never_reaches", "threshold": 0.4}
    settings = {"refutes": True, "margin": 0.5}
    learns = claim("rarely_fails", ["better"], never, **settings)
    shown = judge(learns, [results])
    assert shown.outcome == "refuted by a counterexample"
    assert shown.verdict.sentence.startswith("A counterexample was shown: the share")
    fails = claim("rarely_fails", ["worse"], never, **settings)
    unseen = judge(fails, [results])
    assert unseen.outcome == "undecided"
    assert unseen.verdict.sentence.startswith("No counterexample was shown: the share")


def test_certificates_decide_without_runs():
    word = "refuted by a counterexample"
    asked = {"names": ["dual"], "outcome": word, "sentence": "It cancels."}
    one = claim(parts=[], certificates=asked)
    assert judge(one, [], certificates={"dual": True}).outcome == word
    failed = judge(one, [], certificates={"dual": False})
    assert failed.outcome == "undecided"
    assert "dual fails" in failed.verdict.sentence
    assert judge(one, []).needs == ("certificate dual",)


def test_what_cannot_be_tested_says_why():
    judged = judge(claim(parts=[], not_testable="Never released."), [])
    assert judged.outcome == "not testable"
    assert judged.verdict.sentence == "Never released."


def test_a_claim_edited_after_its_runs_is_marked(results):
    one = claim()
    now = {"C1": {"sha256": one.digest, "date": "2026-01-02"}}
    then = {"C1": {"sha256": claim(margin=0.2).digest, "date": "2026-01-01"}}
    edited = judge(one, [results], now, {"c0ffee": then}.get)
    assert edited.registration.state == registration.EDITED
    assert edited.exploratory == registration.EDITED
    before = judge(one, [results], now, {"c0ffee": now}.get)
    assert before.registration.state == registration.BEFORE


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"test": "superior"}, "parts.0.test.name"),
        ({"treatments": ["bettr"]}, "parts.0.treatments"),
        ({"score": {"score": "drops", "threshold": 0.1}}, "parts.0.measure.score"),
        ({"margin": None}, "parts.0.test.margin"),
        ({"test": "interaction"}, "parts.0.tasks"),
        ({"test": "agreement"}, "parts.0.reference"),
    ],
)
def test_a_claim_that_asks_for_what_is_not_there_is_refused(results, changes, key):
    with pytest.raises(ConfigError, match=key):
        judge(claim(**changes), [results])


def test_the_files_hold_every_test_and_are_the_same_bytes_again(results, tmp_path):
    said = [claim(treatments=["better", "absent"]), claim(id="C2", rule="any")]
    found = claims.judge(said, [results], {}, {}, lambda commit: None)
    content = verdict_table.document(found, {c.id: power(c, 5) for c in said}, ["made"])
    files = verdict_table.write(content, tmp_path)
    raw = [file.read_bytes() for file in files]
    assert [file.read_bytes() for file in verdict_table.write(content, tmp_path)] == raw
    assert verdict_table.read(tmp_path) == json.loads(raw[0])
    table = pd.read_parquet(files[1])
    assert table["claim"].tolist() == ["C1", "C1", "C2"]
    assert table["effect"].tolist() == pytest.approx([0.3, np.nan, 0.3], nan_ok=True)


def test_power_before_the_runs_is_near_one_for_large_effects_and_alpha_for_none(
    results,
):
    assert power(clear := claim(), 20).share == 1
    flat = clear.parts[0].expected.model_copy(update={"effect": 0.0, "sd": 0.05})
    part = clear.parts[0].model_copy(update={"expected": flat})
    assert power(clear.model_copy(update={"parts": (part,)}), 100).share <= 0.08


def test_no_claims_make_empty_files(tmp_path):
    files = verdict_table.write(verdict_table.document([], {}, ["made"]), tmp_path)
    assert pd.read_parquet(files[1]).empty
    assert verdict_table.read(tmp_path) == {"studies": ["made"], "claims": []}
