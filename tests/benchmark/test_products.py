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
    count = {
        method: products.operations(
            small(
                policy_evaluation__method=method, policy_evaluation__sequence_length=5
            ),
            7,
            2,
        )
        for method in ("td_0", "retrace")
    }
    assert count["retrace"] == count["td_0"] + 2 * TAKEN


def test_a_full_covariance_has_more_outputs():
    # 2 means and 3 entries of the Cholesky factor in place of 2 and 2.
    more = 2 * 10 * 3 * (1 + 1 + 2)
    assert products.operations(small(policy__covariance="full"), 7, 2) == BY_HAND + more


def test_a_network_without_hidden_layers_is_one_map():
    found = products.of_update(small(critic__hidden=[], critic__layer_norm=False), 7, 2)
    columns = {p.columns for p in found if p.name.startswith("critic: states")}
    assert columns == {1}


def test_a_gradient_of_weights_sums_over_rows():
    by_name = {p.name: p for p in products.of_update(small(), 7, 2)}
    assert by_name["policy: states, gradient of weights"][1:] == (7, 10, 3)
    assert by_name["policy: layer 2, gradient of inputs"][1:] == (10, 4, 3)
    assert "policy: states, gradient of inputs" not in by_name


def test_every_inner_step_of_the_m_step_passes_the_policy_anew():
    more = 2 * 4 * (POLICY + POLICY_BACK)
    found = products.operations(small(improvement__m_step_updates=5), 7, 2)
    assert found == BY_HAND + more


def test_convolutions_are_products_of_windows_and_filters():
    atari = override(
        load_recipe("atari"),
        {
            "policy_evaluation.method": "td_0",
            "policy_evaluation.sequence_length": 1,
            "data.batch_states": 2,
        },
    )
    # Of an image: 20 x 20, 9 x 9 and 7 x 7 places; windows of F x side x side.
    first, second, third = 400 * 256 * 32, 81 * 512 * 64, 49 * 576 * 64
    convolved, dense = first + second + third, 3136 * 512 + 512 * 6
    assert products.convolving(atari) == 2 * convolved
    # Forward: policy, its target and the target critic of 4 states, the critic of 2.
    # Back, of 6 images in all: twice each product, but no gradient of the image.
    forward = (3 * 4 + 2) * (convolved + dense)
    backward = (4 + 2) * (2 * (convolved + dense) - first)
    assert products.operations(atari, 84 * 84 * 4, 6) == 2 * (forward + backward)


def test_vectors_are_not_convolved():
    assert products.convolving(small()) == 0


@pytest.mark.parametrize(("batch", "count"), [(256, 32), (12, 2), (8, 1)])
def test_sequences_are_those_of_a_run(batch, count):
    recipe = Sizes(batch=batch).settings()
    assert sequences(recipe) == (count, 8)


def test_sizes_survive_json():
    import json

    sizes = Sizes(critic=(8, 9))
    assert Sizes.from_json(json.loads(json.dumps(sizes._asdict()))) == sizes
