"""Stable-Baselines3's SAC update: `python update.py SIZES`."""

import json
import sys
from pathlib import Path

import stable_baselines3
import torch
from stable_baselines3.common.logger import Logger

sys.path.insert(0, str(Path(__file__).parents[1]))

from idle import Idle, transitions

from mpo_repro.benchmark.serving import serve

ROWS = 20_000  # of replay, as for the others


def build():
    """Makes SB3's learner and fills its replay."""
    sizes = json.loads(sys.argv[1])
    torch.set_num_threads(sizes["threads"])
    shape = sizes["observations"], sizes["actions"]
    networks = {"pi": sizes["policy"], "qf": sizes["critic"]}
    learner = stable_baselines3.SAC(
        "MlpPolicy",
        Idle(*shape),
        batch_size=sizes["batch"],
        buffer_size=ROWS,
        policy_kwargs={"net_arch": networks},
        device="cpu",
    )
    learner.set_logger(Logger(None, []))
    for state, action, reward, following in transitions(*shape, ROWS):
        rows = state[None], following[None], action[None], reward, False, [{}]
        learner.replay_buffer.add(*rows)
    version = {"version": stable_baselines3.__version__}
    return lambda: learner.train(1, sizes["batch"]), version


if __name__ == "__main__":
    serve(build)
