"""Each variant learns: the arms of the study `variants` and what it leaves to others.

The studies themselves train them on tasks of others, for hours. Here the loop acts,
stores and learns as there, where the best action is known: f(s), at a state s in
[-1, 1]^2; the reward is 1 - |a - f(s)|^2.
"""

import numpy as np
import pytest

from mpo_repro.config import load_recipe, load_study, override
from mpo_repro.config.files import CHECKOUT
from mpo_repro.environments.interface import Spec, Step
from mpo_repro.training import cohort, evaluation
from mpo_repro.training.plan import Plan

STUDIES = CHECKOUT / "paper_configs" / "studies"
VARIANTS = [*load_study(STUDIES / "variants.yaml").arms]
VARIANTS.remove("untrained")  # as its name says
# What the study leaves to others.
OF_OTHERS = {
    "epg": "q-form",
    "pg": "q-form",
    "none": "components",
    "jorldy-as-published": "implementations",
    "gruner-as-published": "implementations",
    "jax-rl-as-published": "implementations",
    "rlox-as-published": "implementations",
    "reversed-kl": "implementations",
    "pooled-dual": "implementations",
    "unnormalised-dual": "implementations",
    "fixed-penalty": "open-settings",
}
# Two that no study has together.
TOGETHER = {"twins-retrace": ("retrace", {"critic.count": 2})}
DISCRETE = ["categorical", "categorical-as-published"]
TASK, LENGTH, STEPS, SEEDS = "toy-aim", 2, 10_800, (3, 4)
SHARE = 0.5  # of the gap between the first policy and the best one
# As rlox publishes it (pooled dual, no bound, pi_i of the update before) the seeds
# closed 0.29 and -0.19 of the gap, where its recipe without these closed 0.68 and 0.73.
FALLS_SHORT = {"rlox-as-published"}
# What makes a recipe for long runs one for 250 updates: small networks, quick steps,
# refreshes as often as there is time for. What a variant is made of stays.
QUICK = {
    "policy.hidden": [32],
    "policy.layer_norm": False,
    "policy.activation": "tanh",
    "critic.hidden": [64],
    "critic.layer_norm": False,
    "critic.activation": "tanh",
    "optimisation.policy_learning_rate": 1e-2,
    "optimisation.critic_learning_rate": 1e-2,
    "data.environments": 40,
    "data.batch_states": 80,
}
STEADY = {"data.initial_steps": 800, "data.steps_per_update": 40.0}
ITERATIONS = {
    "data.initial_steps": None,
    "data.steps_per_iteration": 1600,
    "data.updates_per_iteration": 40,
}
# Replace a number that a recipe has, by the smaller of both: so few updates do not
# bring multipliers down from where long runs start, or refresh pi_i so rarely.
AT_MOST = {
    "improvement.samples": 20,
    "improvement.kl_penalty": 1.0,
    "improvement.prior_precision": 1.0,
    "multipliers.temperature": 0.3,
    "multipliers.alpha_mean": 1.0,
    "multipliers.alpha_covariance": 10.0,
    "multipliers.alpha_joint": 1.0,
    "optimisation.target_period": 10,
    "optimisation.policy_period": 20,
}
# A parametric q pays for a nat in return: starts for a likelihood would hold it.
IN_RETURN = {
    "multipliers.alpha_mean": 0.1,
    "multipliers.alpha_covariance": 0.1,
    "improvement.epsilon_covariance": 0.01,
}


class Aim:
    """Episodes of two steps; an action has no effect but its reward."""

    def __init__(self, count, seed, choices=None):
        self.count, self.seed, self.time = count, seed, 0
        self.spec = Spec(TASK, 2, 1 if choices else 2, LENGTH, choices)

    def reset(self, episode=0):
        self.episode, self.time = episode, 0
        self.source = np.random.default_rng([self.seed, episode])
        return self._next()

    def _next(self):
        drawn = self.source.uniform(-1, 1, (self.count, 2))
        self.at = drawn.astype(np.float32)
        return self.at.copy()

    def start(self, actions):
        return lambda: self.step(actions)

    def step(self, actions):
        if self.time == LENGTH:
            zeros, no = np.zeros(self.count, np.float32), np.zeros(self.count, bool)
            return Step(self.reset(self.episode + 1), zeros, no, no)
        self.time += 1
        rewards = (1 - self.missed(actions)).astype(np.float32)
        ended = np.full(self.count, self.time == LENGTH)
        return Step(self._next(), rewards, ended, np.zeros(self.count, bool))

    def missed(self, actions):
        """|a - f(s)|^2, shape [E]; it is 0 where the action is the best one."""
        best = 0.8 * self.at
        if self.spec.choices:  # of back, stay, forth the one that x asks for
            best = 1 + np.round(np.clip(1.5 * self.at[:, :1], -1, 1))
        return np.square(actions - best).sum(1)

    def close(self):
        """Holds nothing."""


@pytest.fixture
def aim(monkeypatch):
    """Takes the task for every other: with as many choices, or continuous actions."""

    def take(choices):
        spec = Aim(1, 0, choices).spec
        made = lambda task, count, seed, *_: Aim(count, seed, choices)  # noqa: E731
        monkeypatch.setattr(cohort, "make", made)
        for module in ("cohort", "member", "replay"):
            name = f"mpo_repro.training.{module}.spec"
            monkeypatch.setattr(name, lambda task: spec)

    return take


def quick(recipe):
    """The recipe with QUICK's numbers, and those of AT_MOST, where it has such."""
    iterates = recipe.data.steps_per_iteration is not None
    changes = QUICK | (ITERATIONS if iterates else STEADY)
    if recipe.data.buffer_size == recipe.data.steps_per_iteration:
        changes["data.buffer_size"] = changes["data.steps_per_iteration"]
    for key, most in AT_MOST.items():
        section, name = key.split(".")
        given = getattr(getattr(recipe, section), name, None)
        if given is not None:
            changes[key] = min(given, most)
    if recipe.optimisation.target_rate is not None:
        changes["optimisation.target_rate"] = 0.1
    if (
        recipe.improvement.method == "parametric"
    ):  # its steps have no likelihood's scale
        changes["optimisation.policy_learning_rate"] = 3e-3
        if recipe.improvement.epsilon_mean is not None:
            changes |= IN_RETURN
    if getattr(recipe.improvement, "m_step_updates", 1) > 1:  # each goes as far
        changes["optimisation.target_period"] = 4
    return override(recipe, changes)


def mean_loss(problem, state, choices):
    """What the policy's mean, or its likeliest action, loses to the best one."""
    environment = Aim(400, 99, choices)
    act = evaluation.acting(problem, state)
    seen = environment.reset()
    return environment.missed(act(seen, np.random.default_rng(0), len(seen))).mean()


def shares(recipe, aim, folder):
    """Of each seed's first gap to the best return, the share that is closed."""
    choices = 3 if recipe.policy.distribution == "categorical" else None
    aim(choices)
    plans = [Plan(recipe, TASK, seed, STEPS, 10**6, 1, "", "plain") for seed in SEEDS]
    runs = cohort.Cohort(plans, [folder / str(seed) for seed in SEEDS])
    learner, losses = runs.learner, []

    def look():
        states = [
            {name: value[run] for name, value in learner.state.items()}
            for run in range(len(SEEDS))
        ]
        losses.append([mean_loss(learner.problem, one, choices) for one in states])

    look()
    while runs.actor.environment_steps < STEPS:
        runs.actor.step(runs.replay, runs._learn_if_due)
    look()
    assert learner.updates >= 100
    return 1 - np.divide(losses[1], losses[0])


def recipe_of(arm):
    if arm in TOGETHER:
        name, changes = TOGETHER[arm]
        return override(recipe_of(name), changes)
    study = STUDIES / f"{OF_OTHERS.get(arm, 'variants')}.yaml"
    return load_recipe(arm) if arm in DISCRETE else load_study(study).recipe(arm)


@pytest.mark.slow
@pytest.mark.parametrize("arm", [*VARIANTS, *OF_OTHERS, *TOGETHER, *DISCRETE])
def test_an_arm_learns(arm, aim, tmp_path):
    closed = shares(quick(recipe_of(arm)), aim, tmp_path)
    learns = arm not in FALLS_SHORT
    assert ((closed > SHARE) == learns).all(), closed


@pytest.mark.slow
@pytest.mark.parametrize("frozen", ["policy", "critic"])
def test_without_a_learning_rate_nothing_is_learnt(frozen, aim, tmp_path):
    """The criterion can fail: the critic alone, or the policy alone, does not do."""
    still = {f"optimisation.{frozen}_learning_rate": 1e-12}
    closed = shares(override(quick(recipe_of("default")), still), aim, tmp_path)
    assert (closed < SHARE / 2).all(), closed
