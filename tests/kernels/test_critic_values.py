"""The kernel against `networks.critic`."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from mpo_repro.kernels import critic_values, library
from mpo_repro.mpo import networks

pytestmark = pytest.mark.skipif(
    library.problem() is not None, reason=f"no kernel: {library.problem()}"
)
WIDTHS = st.lists(st.integers(1, 70), min_size=1, max_size=3).map(tuple)


def case(hidden, activation, layer_norm, sizes, shape, seed):
    """A critic, its parameters, states and actions."""
    generator = torch.Generator().manual_seed(seed)
    torso = networks.Torso(hidden, activation, layer_norm)
    network = networks.CriticNetwork(*sizes, torso)
    vector = networks.initial_critic(network, generator)
    vector = vector + 0.1 * torch.randn(len(vector), generator=generator)
    states = torch.randn(shape[-1], sizes[0], generator=generator)
    actions = torch.randn(*shape, sizes[1], generator=generator)
    return network, vector, states, actions


CASES = st.builds(
    case,
    WIDTHS,
    st.sampled_from(critic_values.ACTIVATIONS),
    st.booleans(),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.one_of(
        st.tuples(st.integers(1, 130)),
        st.tuples(st.integers(1, 5), st.integers(1, 60)),
    ),
    st.integers(0, 2**20),
)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_it_is_the_critic_at_any_size(given):
    network, vector, states, actions = given
    double = networks.critic(
        network, vector.double(), states.double(), actions.double()
    )
    values = critic_values.critic(network, vector, states, actions)
    # Layer norm of one or few units divides by almost nothing.
    close = 1e-4 if min(network.torso.hidden) > 4 or not network.torso.layer_norm else 1
    assert_close(values, double.float(), rtol=close, atol=close)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_bfloat16_factors_are_rounded_and_nothing_else(given):
    precision = critic_values.bfloat16()
    if precision == critic_values.FLOAT32:
        pytest.skip("the processor does not multiply bfloat16")
    network, vector, states, actions = given
    reference = rounded_critic(network, vector, states, actions)
    for way in range(critic_values.DOTS, precision + 1):
        values = critic_values.critic(network, vector, states, actions, way)
        assert_close(values, reference, rtol=0.03, atol=0.03)


def rounded_critic(network, vector, states, actions):
    """`networks.critic` with factors rounded in the products between hidden layers."""
    parameters = networks.unpack(vector, networks.critic_layout(network))
    torso, layers = network.torso, len(network.torso.hidden)
    hidden = networks.first_layer(parameters, torso, states)
    hidden = actions @ parameters["weight_action"] + hidden
    for layer in range(1, layers + 1):
        if layer == 1 and torso.layer_norm:
            norm = parameters["norm_scale"], parameters["norm_offset"]
            hidden = torch.nn.functional.layer_norm(hidden, (torso.hidden[0],), *norm)
            hidden = torch.tanh(hidden)
        else:
            hidden = networks.activations.BY_NAME[torso.activation](hidden)
        weight, bias = parameters[f"weight_{layer}"], parameters[f"bias_{layer}"]
        if layer < layers:
            hidden, weight = hidden.bfloat16().float(), weight.bfloat16().float()
        hidden = hidden @ weight + bias
    return hidden.squeeze(-1)


@pytest.mark.parametrize("precision", range(3))
def test_a_value_does_not_depend_on_the_rows_beside_it(precision):
    if precision > critic_values.bfloat16():
        pytest.skip("not on this processor")
    network, vector, states, actions = case((40, 33), "elu", True, (5, 2), (3, 77), 0)
    values = critic_values.critic(network, vector, states, actions, precision)
    for n in range(3):
        row = critic_values.critic(network, vector, states, actions[n], precision)
        assert torch.equal(row, values[n])


@pytest.mark.parametrize("precision", range(3))
@pytest.mark.parametrize("part", range(3))
def test_what_is_not_a_number_shows(precision, part):
    if precision > critic_values.bfloat16():
        pytest.skip("not on this processor")
    network, *tensors = case((32, 17), "elu", True, (5, 2), (3, 50), 0)
    tensors[part].view(-1)[0] = torch.nan
    values = critic_values.critic(network, *tensors, precision)
    assert values.isnan().any()
    assert values.isnan().all() == (part == 0)


def test_saturated_units_are_exact():
    network, vector, states, actions = case((16, 16), "tanh", False, (3, 2), (4, 50), 0)
    for scale in (1e2, 1e4):
        double = networks.critic(
            network, vector.double(), scale * states.double(), scale * actions.double()
        )
        values = critic_values.critic(network, vector, scale * states, scale * actions)
        assert_close(values, double.float(), rtol=1e-3, atol=1e-3)


def test_only_float32_is_taken():
    network, vector, states, actions = case((8,), "elu", False, (3, 2), (4,), 0)
    with pytest.raises(TypeError, match="float64"):
        critic_values.critic(
            network, vector.double(), states.double(), actions.double()
        )
