"""Where the seeds of episodes come from."""

import numpy as np


def episode_seeds(
    seed: int, stream: int, count: int, episode: int, first: int = 0
) -> list[int]:
    """Gives each environment the seed of one of its episodes.

    A seed depends on (seed, stream, environment, episode) and on nothing else, in
    particular not on the number of environments.

    Args:
      seed: seed of the run, at least 0.
      stream: which of the run's independent batches (training, evaluation, ...).
      count: number of environments, E.
      episode: index of the episode, from 0.
      first: index of the first of these environments, from 0.

    Returns:
      E integers in [0, 2^31), the range that every simulator accepts.

    Raises:
      ValueError: if seed, stream or episode is negative.
    """
    if min(seed, stream, episode) < 0:
        raise ValueError(
            f"seed {seed}, stream {stream} and episode {episode} must not be negative"
        )
    sequences = (
        np.random.SeedSequence(seed, spawn_key=(stream, environment, episode))
        for environment in range(first, first + count)
    )
    return [int(sequence.generate_state(1)[0] >> 1) for sequence in sequences]
