"""Which matrix products an update has, and how many operations they are."""

from pathlib import Path

import pytest

from mpo_repro.benchmark import products
from mpo_repro.benchmark.sizes import Sizes, sequences
from mpo_repro.config import load_recipe, override

PAPER = Path(__file__).parents[2] / "paper_configs" / "recipes" / "paper.yaml"
SMALL = {
    "policy.hidden": [3],
    "policy.covariance": "diagonal",
    "critic.hidden": [4],
    "policy_evaluation.method": "td_0",
    "policy_evaluation.sequence_length": 1,
    "improvement.m_step": "decoupled",
    "improvement.samples": 2,
    "data.batch_states": 5,
}
# B = 10 states (5 sequences of 1 transition), O = 7, A = 2; multiply-adds.
POLICY = 10 * (7 * 3 + 3 * 4)  # mean and stddev of two dimensions
POLICY_BACK = POLICY + 10 * 3 * 4  # weights, and the gradient that the head passes on
SAMPLED = 10 * 7 * 4 + 20 * (2 * 4 + 4 * 1)  # states once, actions of 2 samples each
TAKEN = 5 * (7 * 4 + 2 * 4 + 4 * 1)
TAKEN_BACK = TAKEN + 5 * 4 * 1
BY_HAND = 2 * (2 * POLICY + POLICY_BACK + SAMPLED + TAKEN + TAKEN_BACK)


def small(**changes):
    given = {name.replace("__", "."): value for name, value in changes.items()}
    return override(load_recipe(PAPER), SMALL | given)


def test_the_operations_of_a_small_update_are_those_counted_by_hand():
    assert products.operations(small(), 7, 2) == BY_HAND == 4100


def test_retrace_asks_the_target_critic_for_the_actions_taken_too():
    recipe = small(policy_evaluation__method="retrace")
    assert products.operations(recipe, 7, 2) == BY_HAND + 2 * TAKEN


def test_a_full_covariance_has_more_outputs():
    # 2 means and 3 entries of the Cholesky factor in place of 2 and 2.
    more = 2 * 10 * 3 * (1 + 1 + 2)
    assert products.operations(small(policy__covariance="full"), 7, 2) == BY_HAND + more


def test_a_network_without_hidden_layers_is_one_map():
    found = products.of_update(small(critic__hidden=[]), 7, 2)
    columns = {p.columns for p in found if p.name.startswith("critic: states")}
    assert columns == {1}


def test_a_gradient_of_weights_sums_over_rows():
    by_name = {p.name: p for p in products.of_update(small(), 7, 2)}
    assert by_name["policy: states, gradient of weights"][1:] == (7, 10, 3)
    assert by_name["policy: layer 2, gradient of inputs"][1:] == (10, 4, 3)
    assert "policy: states, gradient of inputs" not in by_name


@pytest.mark.parametrize(("batch", "count"), [(256, 32), (12, 2), (1, 1)])
def test_sequences_are_those_of_a_run(batch, count):
    recipe = Sizes(batch=batch).settings()
    assert sequences(recipe) == (count, 8)


def test_sizes_survive_json():
    import json

    sizes = Sizes(critic=(8, 9))
    assert Sizes.from_json(json.loads(json.dumps(sizes._asdict()))) == sizes
