"""Finding a renderer: the order, the user's own choice, and the line if there is none.

What draws depends on the machine, so that the drawing itself is stood in for.
"""

import os

import pytest

from mpo_repro.artifacts import renderer


@pytest.fixture
def machine(monkeypatch):
    """A machine on which the given renderers draw."""
    monkeypatch.delenv(renderer.VARIABLE, raising=False)

    def draws(*working):
        monkeypatch.setattr(renderer, "_draws", lambda name: name in working)

    return draws


@pytest.mark.parametrize(
    ("working", "found"),
    [(("egl", "osmesa"), "egl"), (("osmesa",), "osmesa"), (("egl",), "egl")],
)
def test_the_first_that_draws_is_taken(machine, working, found):
    machine(*working)
    assert renderer.find() == found


def test_the_users_own_choice_comes_first_and_is_not_replaced(machine, monkeypatch):
    monkeypatch.setenv(renderer.VARIABLE, "glfw")
    machine("egl", "glfw")
    assert renderer.find() == "glfw"
    machine("egl")
    with pytest.raises(renderer.NoRendererError, match="MUJOCO_GL=glfw.*unset"):
        renderer.find()


def test_without_any_the_error_says_what_to_install(machine):
    machine()
    with pytest.raises(renderer.NoRendererError, match="apt-get install libegl1"):
        renderer.find()


def test_the_process_uses_what_was_found(machine, monkeypatch):
    monkeypatch.setenv(renderer.VARIABLE, "")
    machine("osmesa")
    assert renderer.use() == os.environ[renderer.VARIABLE] == "osmesa"


def test_a_process_that_cannot_draw_is_no_renderer(monkeypatch):
    monkeypatch.setattr(renderer, "_DRAW", "import os; os.abort()")
    assert not renderer._draws("egl")
    monkeypatch.setattr(renderer, "_DRAW", "import time; time.sleep(600)")
    monkeypatch.setattr(renderer, "PROBE_SECONDS", 0.1)
    assert not renderer._draws("egl")
    monkeypatch.setattr(renderer, "_DRAW", "import os; os.environ['MUJOCO_GL']")
    monkeypatch.setattr(renderer, "PROBE_SECONDS", 60)
    assert renderer._draws("egl")
