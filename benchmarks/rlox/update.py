"""rlox's MPO update, in rlox's own environment: `python update.py SIZES WIDTH`.

rlox has one width for all networks. An update samples one next action, trains twin
critics and passes the repeated states through the policy with gradient.
"""

import itertools
import json
import sys
from pathlib import Path

import rlox
import torch
from rlox.algorithms.mpo import MPO

sys.path.insert(0, str(Path(__file__).parents[1]))

from idle import Idle, transitions

from mpo_repro.benchmark.serving import serve

ROWS = 20_000  # of replay, as for the others


def build():
    """Makes rlox's learner and fills its replay."""
    sizes, width = json.loads(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(sizes["threads"])
    shape = sizes["observations"], sizes["actions"]
    learner = MPO(
        Idle(*shape),
        hidden=width,
        batch_size=sizes["batch"],
        n_action_samples=sizes["samples"],
        buffer_size=ROWS,
    )
    for state, action, reward, following in transitions(*shape, ROWS):
        learner.buffer.push(state, action, reward, False, False, following)
    counter = itertools.count()

    def step() -> None:
        learner._update(sizes["batch"], next(counter))

    return step, {"version": rlox.__version__}


if __name__ == "__main__":
    serve(build)
