"""From a recipe to Stable-Baselines3's algorithm."""

import numpy as np
from stable_baselines3 import DDPG, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from mpo_repro.baselines.environment import Normalised
from mpo_repro.baselines.replay import RowReplay
from mpo_repro.config.baselines import Baseline, Ddpg, OffPolicy, Ppo, Sac, Td3

_ACTIVATIONS = {"elu": nn.ELU, "relu": nn.ReLU, "tanh": nn.Tanh}


def build(recipe: Baseline, environment: VecEnv, seed: int) -> BaseAlgorithm:
    """Makes the algorithm; every global generator is seeded by it.

    Args:
      recipe: its settings.
      environment: the one in which it acts.
      seed: the run's seed.
    """
    common = {
        "policy": "MlpPolicy",
        "learning_rate": recipe.learning_rate,
        "batch_size": recipe.batch_size,
        "gamma": recipe.discount,
        "seed": seed,
        "device": "cpu",
        "policy_kwargs": {
            "net_arch": list(recipe.hidden),
            "activation_fn": _ACTIVATIONS[recipe.activation],
        },
    }
    model = _MAKERS[type(recipe)](recipe, environment, common)
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def _ppo(recipe: Ppo, environment: VecEnv, common: dict) -> PPO:
    if recipe.normalise:
        environment = Normalised(environment, gamma=recipe.discount)
    return PPO(
        env=environment,
        n_steps=recipe.rollout_steps,
        n_epochs=recipe.epochs,
        gae_lambda=recipe.gae_lambda,
        clip_range=recipe.clip_range,
        ent_coef=recipe.entropy_coefficient,
        vf_coef=recipe.value_coefficient,
        max_grad_norm=recipe.gradient_norm,
        **common,
    )


def _sac(recipe: Sac, environment: VecEnv, common: dict) -> SAC:
    weight = recipe.entropy_coefficient
    entropy = "auto" if weight is None else weight
    return SAC(env=environment, ent_coef=entropy, **_off_policy(recipe, common))


def _ddpg(recipe: Ddpg, environment: VecEnv, common: dict) -> DDPG:
    noise = _noise(environment, recipe.exploration_noise)
    return DDPG(env=environment, action_noise=noise, **_off_policy(recipe, common))


def _td3(recipe: Td3, environment: VecEnv, common: dict) -> TD3:
    return TD3(
        env=environment,
        action_noise=_noise(environment, recipe.exploration_noise),
        policy_delay=recipe.policy_period,
        target_policy_noise=recipe.target_noise,
        target_noise_clip=recipe.target_noise_clip,
        **_off_policy(recipe, common),
    )


def _off_policy(recipe: OffPolicy, common: dict) -> dict:
    return common | {
        "buffer_size": recipe.buffer_size,
        "learning_starts": recipe.initial_steps,
        "tau": recipe.target_rate,
        "train_freq": recipe.update_period,
        "gradient_steps": recipe.updates_per_period,
        "replay_buffer_class": RowReplay,
    }


def _noise(environment: VecEnv, stddev: float) -> NormalActionNoise:
    size = environment.action_space.shape
    return NormalActionNoise(np.zeros(size), np.full(size, stddev))


_MAKERS = {Ppo: _ppo, Sac: _sac, Ddpg: _ddpg, Td3: _td3}
