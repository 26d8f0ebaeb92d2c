"""Recorded recipes are read without what has been removed since."""

from mpo_repro.config import load_recipe
from mpo_repro.config.former import without_former


def test_a_setting_that_is_gone_is_left_out_where_it_changed_nothing():
    now = load_recipe("paper").model_dump(mode="json")
    data = now["data"]
    assert without_former(now | {"data": data | {"clears_buffer": False}}) == now
    other = now | {"data": data | {"clears_buffer": True}}
    assert without_former(other) == other
    assert without_former({"algorithm": "ppo"}) == {"algorithm": "ppo"}
    assert "clears_buffer" in other["data"]
