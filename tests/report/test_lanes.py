"""Rows of figures: one per task and arm that there is."""

from functools import partial

from mpo_repro.report import style
from mpo_repro.report.final_scores import final_scores
from mpo_repro.report.lanes import lanes
from mpo_repro.report.time_use import time_use


def test_each_arm_has_a_row_and_each_task_a_blank_one(results):
    rows = lanes(results)
    assert rows.arms == {
        "cartpole-swingup": {"reference": 0, "wide": 1},
        "walker-walk": {"reference": 3, "wide": 4},
    }
    assert rows.count == 6
    assert rows.span("walker-walk") == (2.5, 4.5)


def test_an_arm_has_no_row_on_a_task_that_it_does_not_learn(uneven):
    rows = lanes(uneven)
    assert rows.arms == {
        "cartpole-swingup": {"reference": 0},
        "walker-walk": {"reference": 2, "side": 3},
    }
    assert rows.count == 5


def test_more_arms_than_looks_are_named_beside_their_rows(rich, results):
    assert lanes(results).labels == {}
    rows = lanes(rich)
    assert rows.labels == rich.labels
    assert min(rows.arms["cartpole-swingup"].values()) == 1
    for draw in (partial(final_scores, rich, "sampled"), partial(time_use, rich)):
        with style.look():
            made = draw()
            texts = [text.get_text() for text in made.axes[0].get_yticklabels()]
            (legend,) = made.legends or [None]
        assert texts[0] == "cartpole-swingup"
        assert texts[1 : len(rich.arms) + 1] == [rich.labels[a] for a in rich.arms]
        said = [text.get_text() for text in legend.get_texts()] if legend else []
        assert not set(said) & set(texts)
