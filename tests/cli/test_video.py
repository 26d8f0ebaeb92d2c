"""`mpo-repro video`: its files, and its line where nothing draws."""

import sys

import numpy as np
import pytest

from mpo_repro.artifacts import policy as policies
from mpo_repro.artifacts import renderer, video
from mpo_repro.cli import app


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Runs a command on a machine that draws: code, lines on stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").mkdir()
    monkeypatch.setenv(renderer.VARIABLE, "")
    monkeypatch.setattr(renderer, "find", lambda: "egl")
    frames = [np.full((120, 160, 3), shade, np.uint8) for shade in range(10)]
    film = video.Clip(frames, 1.0, 12.34)
    monkeypatch.setattr(video, "film", lambda policy, seed: film)
    monkeypatch.setattr(policies, "load_policy", lambda path: None)

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(["video", *given])
        told = capsys.readouterr()
        return end.value.code or 0, told.out.splitlines(), told.err.splitlines()

    return call


@pytest.mark.parametrize(
    ("given", "base"), [((), "run/video"), (("--out", "some/clip.v2"), "some/clip.v2")]
)
def test_two_files_are_written_and_named(command, tmp_path, given, base):
    code, lines, _ = command("run", *given)
    assert (code, lines[0]) == (0, "return 12.3, 10 frames")
    for line, ending in zip(lines[1:], (".mp4", ".gif"), strict=True):
        assert line.split()[0] == base + ending
        assert (tmp_path / (base + ending)).stat().st_size > 0


def test_without_a_renderer_one_line_says_what_to_install(command, monkeypatch):
    def none():
        raise renderer.NoRendererError(f"no renderer: {renderer.INSTALL}")

    monkeypatch.setattr(renderer, "find", none)
    code, out, err = command("run")
    assert (code, out, len(err)) == (1, [], 1)
    assert "apt-get install libegl1 libosmesa6" in err[0]


def test_without_the_extra_one_line_says_how_to_get_it(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    code, out, err = command("run")
    assert (code, out, len(err)) == (2, [], 1)
    assert "mpo_repro[video]" in err[0]
