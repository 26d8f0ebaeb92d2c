"""Rows of figures: one per task and arm that there is."""

from mpo_repro.report.lanes import lanes


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
