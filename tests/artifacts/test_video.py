"""Films: which steps are drawn, what stands in the pictures. No renderer is needed."""

import gymnasium
import numpy as np
import pytest

from mpo_repro.artifacts import video, worlds


class World(gymnasium.Env):
    """Ends after some steps with reward 1 each; a picture has the step's shade."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 50}  # noqa: RUF012
    observation_space = gymnasium.spaces.Box(-1, 1, (1,))
    action_space = gymnasium.spaces.Box(-1, 1, (1,))

    def __init__(self, length, terminates=False):
        self.length, self.terminates, self.taken = length, terminates, 0
        self.spec = gymnasium.envs.registration.EnvSpec("w-v0", max_episode_steps=100)

    def reset(self, *, seed=None, options=None):
        self.seed, self.taken = seed, 0
        return np.zeros(1), {}

    def step(self, action):
        assert action == 0.5
        self.taken += 1
        over = self.taken == self.length
        return np.zeros(1), 1.0, over and self.terminates, over, {}

    def render(self):
        return np.full((120, 160, 3), self.taken, np.uint8)


class Still:
    """A policy of one action."""

    task = "reacher-easy"

    def __call__(self, observation):
        return 0.5


def test_start_every_tenth_step_and_the_end_are_drawn():
    frames = list(video.play(World(25), Still(), seed=3, every=10))
    assert [frame.step for frame in frames] == [0, 10, 20, 25]
    assert [frame.episode_return for frame in frames] == [0.0, 10.0, 20.0, 25.0]
    assert [frame.picture[0, 0, 0] for frame in frames] == [0, 10, 20, 25]


@pytest.mark.parametrize(("length", "count"), [(100, 11), (34, 5)])
def test_a_film_has_no_more_frames_than_asked_for(monkeypatch, length, count):
    world = World(length, terminates=True)
    monkeypatch.setattr(worlds, "make_world", lambda task, mode: world)
    clip = video.film(Still(), seed=3, frames=11)
    assert len(clip.frames) == count
    assert clip.seconds == length / 50
    assert clip.episode_return == length
    assert world.seed == 3


def test_the_text_is_drawn_in_and_leaves_the_rest():
    picture = np.full((240, 320, 3), 90, np.uint8)
    drawn = video.captioned(video.Frame(picture, 1000, 871.4), "walker-walk")
    assert drawn.shape == picture.shape
    changed = (drawn != picture).any(-1)
    assert changed[:30, :100].any(), "the task, above"
    assert changed[-30:, :100].any(), "the return, below"
    assert changed[-30:, -100:].any(), "the step, below"
    assert not changed[40:-40].any()
    assert (picture == 90).all(), "the picture itself stays"


def test_another_return_is_another_picture():
    picture = np.zeros((240, 320, 3), np.uint8)
    one, other = (
        video.captioned(video.Frame(picture, 10, value), "t") for value in (1.0, 2.0)
    )
    assert not np.array_equal(one, other)
