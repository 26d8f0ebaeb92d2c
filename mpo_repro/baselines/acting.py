"""Evaluation of a baseline: the protocol of MPO with the baseline's actions."""

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from mpo_repro.training import evaluation, noise


def episode_returns(
    model: BaseAlgorithm,
    stage: evaluation.Stage,
    number: int,
    exploration_noise: float | None,
) -> dict[str, np.ndarray]:
    """Plays episodes, as `training.evaluation.Stage.play` does.

    Kind "mean" has the policy's deterministic actions; kind "sampled" has the actions
    with which it explores, for DDPG and TD3 those of their noise.

    Args:
      model: whose policy acts; neither it nor any global generator is changed.
      stage: where they are played.
      number: k of the evaluation, from 0.
      exploration_noise: stddev in action units; None if the policy is stochastic.

    Returns:
      Episode returns of each kind, shape [episodes].
    """
    draws = noise.generator(stage.seed, "evaluation", number)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(draws.integers(2**63)))
        act = acting(model, exploration_noise)
        return stage.play(act, number)


def acting(model: BaseAlgorithm, exploration_noise: float | None) -> evaluation.Act:
    """Makes a function that acts as `evaluation.Stage.play` asks."""
    normalised = model.get_vec_normalize_env()

    def act(observations, draws, still):
        if normalised is not None:
            observations = normalised.normalize_obs(observations)
        actions, _ = model.policy.predict(observations.copy(), deterministic=True)
        if exploration_noise is None:
            drawn, _ = model.policy.predict(observations.copy(), deterministic=False)
        else:
            shifts = exploration_noise * draws.standard_normal(actions.shape)
            drawn = (actions + shifts).clip(-1, 1)
        actions = np.concatenate([actions[:still], drawn[still:]])
        return actions.reshape(len(observations), -1).astype(np.float32)

    return act
