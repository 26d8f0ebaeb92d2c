"""The learner: runs side by side, first values, the refresh of the targets."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from mpo_repro.training import noise
from mpo_repro.training.learner import Learner, over_runs
from mpo_repro.training.losses import losses
from mpo_repro.training.replay import Sequences
from mpo_repro.training.targets import targets
from mpo_repro.training.update import update

O, A = 4, 2  # noqa: E741


def test_runs_in_turn_are_the_runs_alone_bit_for_bit(variant, sequences):
    seeds = [2, 5, 11]
    cohort = Learner(variant, O, A, seeds)
    alone = [Learner(variant, O, A, [seed]) for seed in seeds]
    for number in range(4):
        found = cohort.update(sequences(seeds, number))
        for row, (seed, learner) in enumerate(zip(seeds, alone, strict=True)):
            known = learner.update(sequences([seed], number))
            for name, value in known.items():
                assert torch.equal(found[name][row], value[0])
            for name, value in learner.state.items():
                assert torch.equal(cohort.state[name][row], value[0])


def check_equal_but_for_rounding(learner, plain, sequences):
    """Compares diagnostics and states over 20 updates, two of them with a refresh."""
    for number in range(20):
        batch = sequences(plain.seeds, number)
        found, known = learner.update(batch), plain.update(batch)
        for name, value in known.items():
            # A KL of 1e-8 nats is rounding; its bound may be as small as 1e-5.
            atol = 1e-3 if name.endswith("_relative") else 1e-5
            assert_close(found[name], value, rtol=1e-4, atol=atol)
        for name, value in plain.state.items():
            assert_close(learner.state[name], value, rtol=1e-4, atol=1e-5)


def test_runs_at_once_are_the_runs_alone(variant, sequences):
    """As on a GPU, here on the CPU: one mapped computation."""
    seeds, host = [2, 5, 11], torch.device("cpu")
    cohort, alone = (Learner(variant, O, A, seeds) for _ in range(2))
    cohort._update = over_runs(update, False, torch.device("meta"))
    assert over_runs(update, False, host).__name__ == "in_turn"
    check_equal_but_for_rounding(cohort, alone, sequences)


@pytest.mark.slow
def test_the_compiled_update_is_the_plain_one(variant, sequences):
    compiled, plain = (Learner(variant, O, A, [3], fused) for fused in (True, False))
    check_equal_but_for_rounding(compiled, plain, sequences)


def test_initial_values_are_the_recipes(variant):
    learner = Learner(variant, O, A, [0, 1])
    known = variant.multipliers
    found = nn.functional.softplus(learner.state["multipliers"])
    start = [known.temperature, known.alpha_mean, known.alpha_covariance]
    start = [value for value in start if value is not None]
    assert_close(found[1, : len(start)], torch.tensor(start))
    for name in ("policy", "critic"):
        assert torch.equal(learner.state[f"target_{name}"], learner.state[name])
        assert not torch.equal(learner.state[name][0], learner.state[name][1])


def test_diagnostics_are_finite_and_relative_to_their_bounds(variant, sequences):
    learner = Learner(variant, O, A, [0])
    metrics = learner.update(sequences([0], 0))
    assert all(torch.isfinite(value).all() for value in metrics.values())
    # The first policy is the old one: no KL yet.
    assert_close(metrics["kl_mean_relative"], torch.zeros(1), atol=1e-4, rtol=0)
    assert 0.1 < float(metrics["stddev"]) < 1
    if variant.improvement.temperature == "exact":
        assert_close(metrics["kl_q_relative"], torch.ones(1), rtol=1e-3, atol=0)


def test_targets_are_refreshed_at_their_period_only(small_recipe, sequences):
    learner = Learner(small_recipe(optimisation__target_period=3), O, A, [0])
    equal = []
    for number in range(7):
        learner.update(sequences([0], number))
        state = learner.state
        equal.append(torch.equal(state["target_policy"], state["policy"]))
        assert equal[-1] == torch.equal(state["target_critic"], state["critic"])
    assert equal == [False, False, True, False, False, True, False]


def test_huge_returns_leave_every_parameter_finite(variant, sequences):
    learner = Learner(variant, O, A, [0])
    for number in range(3):
        batch = sequences([0], number)
        learner.update(batch._replace(rewards=batch.rewards * 1e6))
    assert all(torch.isfinite(value).all() for value in learner.state.values())


def test_further_m_steps_are_torchs_adam_on_the_same_weights(small_recipe, sequences):
    """Policy and multipliers take K steps an update, the critic one."""
    steps, updates = 3, 2
    learner = Learner(small_recipe(improvement__m_step_updates=steps), O, A, [2])
    constants, recipe = learner.problem, learner.recipe
    names = "policy", "critic", "multipliers"
    own = {name: nn.Parameter(learner.state[name][0].clone()) for name in names}
    optimisers = {
        name: torch.optim.Adam([own[name]], float(rate))
        for name, rate in zip(names, learner.rates[0], strict=True)
    }
    settings = {name: value[0] for name, value in learner.settings.items()}
    for number in range(updates):
        batch = sequences([2], number)
        shape = recipe.improvement.samples, *batch.observations.shape[1:3], A
        draws = noise.normal([2], "update", number, shape)[0]
        one = Sequences(*(part[0] for part in batch))
        state = {name: value[0] for name, value in learner.state.items()}
        with torch.no_grad():
            found = targets(constants, state, settings, one, draws)
        for step in range(steps):
            stepped = names if step == 0 else ("policy", "multipliers")
            for optimiser in optimisers.values():
                optimiser.zero_grad()
            losses(constants, *own.values(), settings, found, one)[0].backward()
            for name in stepped:
                if name != "multipliers":
                    norm = recipe.optimisation.gradient_norm
                    nn.utils.clip_grad_norm_([own[name]], norm)
                optimisers[name].step()
        learner.update(batch)
        for name, value in own.items():
            assert_close(learner.state[name][0], value.detach(), rtol=1e-4, atol=1e-6)


def test_a_multiplier_leaves_its_cap_and_stays_at_its_floor(small_recipe, sequences):
    """Parameters are kept within, where a multiplier's gradient lives on."""
    for start, moves in ((12.0, True), (8.0, False)):
        names = "temperature", "alpha_mean", "alpha_covariance"
        given = {f"multipliers__{name}": start for name in names}
        recipe = small_recipe(
            multipliers__cap=12.0,
            multipliers__floor=8.0,
            multipliers__learning_rate=0.5,
            **given,
        )
        learner = Learner(recipe, O, A, [0])
        learner.update(sequences([0], 0))  # of KL 0: alphas fall as far as they may
        alphas = nn.functional.softplus(learner.state["multipliers"][0, 1:])
        assert_close(alphas, torch.full((2,), start - 0.5 * moves), atol=1e-3, rtol=0)


def test_the_mean_s_multiplier_may_have_a_cap_of_its_own(small_recipe, sequences):
    recipe = small_recipe(
        multipliers__cap=10.0, multipliers__cap_mean=2.0, multipliers__alpha_mean=2.0
    )
    learner = Learner(recipe, O, A, [0])
    raised = learner.state["multipliers"] + 5.0
    learner.state["multipliers"] = raised
    learner.update(sequences([0], 0))
    found = nn.functional.softplus(learner.state["multipliers"][0])
    assert_close(found, torch.tensor([10.0, 2.0, 10.0]))
