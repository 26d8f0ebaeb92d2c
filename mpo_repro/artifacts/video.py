"""An episode of a policy as pictures, with its return and step drawn in."""

from collections.abc import Iterator
from typing import NamedTuple

import gymnasium
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mpo_repro.artifacts import worlds
from mpo_repro.artifacts.policy import Policy

FRAMES = 160  # of an episode at most, so that clips stay small
MARGIN = 6  # pixels between text and border
FONT_SIZE = 14


class Frame(NamedTuple):
    """A picture of an episode.

    Attributes:
      picture: uint8, [height, width, 3].
      step: environment steps taken so far.
      episode_return: so far.
    """

    picture: np.ndarray
    step: int
    episode_return: float


class Clip(NamedTuple):
    """An episode that was played.

    Attributes:
      frames: with their text drawn in, the first and last step included.
      seconds: how long it lasts in the simulation.
      episode_return: of the whole episode.
    """

    frames: list[np.ndarray]
    seconds: float
    episode_return: float


def film(policy: Policy, seed: int, frames: int = FRAMES) -> Clip:
    """Plays an episode with the policy's mean and takes pictures.

    Args:
      policy: of a task that can be drawn.
      seed: of the episode's start.
      frames: how many pictures at most; they are equally far apart.

    Raises:
      NoRendererError: if nothing draws here.
    """
    world = worlds.make_world(policy.task, "rgb_array")
    length = (world.spec and world.spec.max_episode_steps) or frames
    every = max(1, -(-length // (frames - 1)))  # rounded up
    taken = list(play(world, policy, seed, every))
    world.close()
    last = taken[-1]
    rate = world.metadata.get("render_fps", 30)
    pictures = [captioned(frame, policy.task) for frame in taken]
    return Clip(pictures, last.step / rate, last.episode_return)


def play(
    world: gymnasium.Env, policy: Policy, seed: int, every: int
) -> Iterator[Frame]:
    """Plays an episode; yields its start, every so many steps, and its end."""
    observation, _ = world.reset(seed=seed)
    step, total, over = 0, 0.0, False
    yield Frame(np.asarray(world.render()), step, total)
    while not over:
        observation, reward, *ends, _ = world.step(policy(observation))
        step, total, over = step + 1, total + float(reward), any(ends)
        if over or step % every == 0:
            yield Frame(np.asarray(world.render()), step, total)


def captioned(frame: Frame, task: str) -> np.ndarray:
    """Draws the task, the return and the step into a picture: uint8, same shape."""
    image = Image.fromarray(frame.picture)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(FONT_SIZE)
    width, height = image.size
    bottom, right = height - MARGIN, width - MARGIN
    for text, place, anchor in (
        (task, (MARGIN, MARGIN), "la"),
        (f"return {frame.episode_return:.0f}", (MARGIN, bottom), "ls"),
        (f"step {frame.step:,}", (right, bottom), "rs"),
    ):
        draw.text(
            place,
            text,
            "white",
            font,
            anchor,
            stroke_width=2,
            stroke_fill="black",
        )
    return np.asarray(image)
