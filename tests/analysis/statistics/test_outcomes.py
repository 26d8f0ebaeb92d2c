"""Today's words for verdicts, and those of older files."""

import pytest

from mpo_repro.analysis.statistics.outcomes import Outcome, current, renamed


@pytest.mark.parametrize(
    ("word", "runs", "single", "proof"),
    [
        ("replicated", "supported", "supported", "proved"),
        (
            "partly replicated",
            "partly supported",
            "direction shown",
            "holds under conditions",
        ),
        (
            "not replicated",
            "not supported",
            "not supported",
            "refuted by a counterexample",
        ),
        (
            "contradicted",
            "contradicted",
            "contradicted",
            "refuted by a counterexample",
        ),
        ("inconclusive (underpowered)", "undecided", "undecided", "undecided"),
        ("needs runs", "not run", "not run", "not run"),
    ],
)
def test_older_words_have_one_of_today(word, runs, single, proof):
    assert current(word) == runs
    assert current(word, single=True) == single
    assert current(word, proof=True) == proof
    assert {runs, single, proof} <= {name.value for name in Outcome}


@pytest.mark.parametrize("word", [name for name in Outcome if name != "contradicted"])
def test_todays_words_stay(word):
    assert current(word.value, proof=True) == current(word.value) == word.value


def test_an_older_sentence_has_todays_words():
    text = "Of 3 tests, all must be replicated: 2 replicated, 1 not replicated."
    assert renamed(text) == (
        "Of 3 tests, all must be supported: 2 supported, 1 not supported."
    )
