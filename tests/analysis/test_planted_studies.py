"""Studies with truths that are known go through the whole chain, and words come out.

A word is false where the truth forbids it. How often it may come is what is promised:
alpha is 5 % for both sides, so that half of it is for each.
"""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis import claims
from mpo_repro.analysis.results import Results
from mpo_repro.config.claim import Claim

TASK, SEEDS, EVERY = "cartpole-swingup", 5, 50_000
MARGIN, SPREAD = 0.1, 0.05
WRONG_SIDE = {"contradicted"}
POSITIVE = {"supported", "direction shown"}


def normal(rng, mean):
    return rng.normal(mean, SPREAD, SEEDS)


def bimodal(rng, mean):
    """Half of the runs learn."""
    return mean + 0.3 * (rng.random(SEEDS) < 0.5) + rng.normal(0, 0.01, SEEDS)


def missing(rng, mean, lost):
    return np.where(np.arange(SEEDS) < lost, np.nan, normal(rng, mean))


def same(rng):
    scores = normal(rng, 0.5)
    return scores, scores


# Truth -> scores of treatment and reference; words that are false, and how often they
# may come; words that must come, and in how many studies at least.
PLANTED = {
    "no effect": (
        lambda rng: (normal(rng, 0.5), normal(rng, 0.5)),
        (POSITIVE | WRONG_SIDE, 0.05),
        ({"not supported", "undecided"}, 0.9),
    ),
    "an effect": (
        lambda rng: (normal(rng, 0.8), normal(rng, 0.5)),
        (WRONG_SIDE | {"not supported"}, 0.025),
        ({"supported"}, 0.9),
    ),
    "an effect as large as the margin": (
        lambda rng: (normal(rng, 0.6), normal(rng, 0.5)),
        (WRONG_SIDE | {"supported"}, 0.025),
        ({"direction shown", "undecided"}, 0.8),
    ),
    "an effect below the margin": (
        lambda rng: (normal(rng, 0.55), normal(rng, 0.5)),
        (WRONG_SIDE | {"supported"}, 0.025),
        ({"direction shown", "undecided", "not supported"}, 0.95),
    ),
    "the opposite": (
        lambda rng: (normal(rng, 0.5), normal(rng, 0.8)),
        (POSITIVE, 0.0),
        (WRONG_SIDE, 0.9),
    ),
    "a ceiling": (  # the reference leaves no room for the margin
        lambda rng: (np.ones(SEEDS), np.minimum(1, normal(rng, 0.97))),
        ({"supported"}, 0.0),
        ({"direction shown", "undecided", "not supported"}, 0.9),
    ),
    "identical arms": (same, (POSITIVE | WRONG_SIDE, 0.0), ({"not testable"}, 1.0)),
    "two runs missing": (
        lambda rng: (missing(rng, 0.5, 2), normal(rng, 0.5)),
        (POSITIVE | WRONG_SIDE, 0.05),
        ({"not supported", "undecided"}, 0.9),
    ),
    "almost all runs missing": (
        lambda rng: (missing(rng, 0.9, 3), normal(rng, 0.5)),
        (POSITIVE | WRONG_SIDE, 0.0),
        ({"undecided"}, 1.0),
    ),
    "bimodal, no effect": (
        lambda rng: (bimodal(rng, 0.5), bimodal(rng, 0.5)),
        (POSITIVE | WRONG_SIDE, 0.05),
        ({"undecided", "not supported", "not testable"}, 0.9),
    ),
}


@pytest.fixture
def study(make, root):
    """A study of one comparison, as results describe it."""
    arms = {name: make.ARMS[name] for name in ("reference", "wide")}
    changes = {"tasks": [TASK], "seeds": list(range(SEEDS)), "arms": arms}
    evaluation = {"interval": EVERY, "episodes": 1}
    made = make.write_study(root, evaluation=evaluation, **changes)
    return made.model_dump(mode="json")


def claim():
    part = {
        "name": "one",
        "study": "made",
        "treatments": ["wide"],
        "reference": "reference",
        "measure": {"score": "final"},
        "test": {"name": "superiority", "margin": MARGIN, "reason": "planted"},
        "expected": {"effect": 0.3, "sd": SPREAD, "reason": "planted"},
    }
    said = {"id": "C1", "title": "t", "words": "w", "source": "s", "family": "f"}
    return Claim.model_validate(said | {"parts": [part]})


def results(root, study, scores):
    """Results in which every evaluation of a run has the run's score."""
    runs, curves = [], []
    for arm, levels in zip(("wide", "reference"), scores, strict=True):
        for seed, level in enumerate(levels):
            name = {"study": "made", "task": TASK, "arm": arm, "seed": seed}
            there = not np.isnan(level)
            state = "finished" if there else "missing"
            row = {"state": state, "reason": "", "commit": "", "steps": 100_000}
            runs.append(name | row | {"ended": "completed" if there else ""})
            for step in (EVERY, 2 * EVERY) if there else ():
                at = {"environment_steps": step, "kind": "sampled", "episode": 0}
                curves.append(name | at | {"episode_return": 1_000 * level})
    empty = pd.DataFrame()
    tables = pd.DataFrame(curves), empty, empty, pd.DataFrame(runs)
    return Results(root, study, *tables)


def words(root, study, truth, trials):
    """How often each word came out of studies with this truth."""
    rng, one = np.random.default_rng(sum(map(ord, truth))), claim()
    found = Counter()
    for _ in range(trials):
        made = results(root, study, PLANTED[truth][0](rng))
        (judged,) = claims.judge([one], [made], {}, {}, lambda commit: None)
        found[judged.outcome] += 1
        lost = int(np.isnan(np.concatenate(PLANTED[truth][0](rng))).sum())
        assert len(judged.missing) == lost
    return found


def held(root, study, truth, trials):
    found = words(root, study, truth, trials)
    _, (false, allowed), (right, wanted) = PLANTED[truth]
    wrong = sum(found[word] for word in false) / trials
    good = sum(found[word] for word in right) / trials
    error = 3 * np.sqrt(np.array([allowed * (1 - allowed), wanted * (1 - wanted)]))
    assert wrong <= allowed + error[0] / np.sqrt(trials), found
    assert good >= wanted - error[1] / np.sqrt(trials), found


@pytest.mark.parametrize("truth", PLANTED)
def test_the_word_is_right_as_often_as_is_promised(root, study, truth):
    held(root, study, truth, 20)


@pytest.mark.slow
@pytest.mark.parametrize("truth", PLANTED)
def test_it_is_in_many_studies(root, study, truth):
    held(root, study, truth, 400)
