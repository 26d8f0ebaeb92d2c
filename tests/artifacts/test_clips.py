"""Clips: they can be read back, last as long as they should, and stay small."""

import numpy as np
import pytest
from PIL import Image

from mpo_repro.artifacts import clips

SIZE = (120, 160)


def moving(count, size=SIZE):
    """A white square that moves over grey."""
    frames = []
    for index in range(count):
        frame = np.full((*size, 3), 90, np.uint8)
        frame[40:60, index : index + 20] = 255
        frames.append(frame)
    return frames


def noise(count, size=SIZE):
    """Pictures that nothing compresses."""
    draws = np.random.default_rng(0)
    return [draws.integers(0, 256, (*size, 3), np.uint8) for _ in range(count)]


def test_an_mp4_has_every_frame_and_its_length(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "clip.mp4"
    clips.write_mp4(moving(40), 2.0, path)
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert float(stream.average_rate) == 20.0
        frames = [
            frame.to_ndarray(format="rgb24") for frame in container.decode(stream)
        ]
    assert len(frames) == 40
    assert np.abs(frames[30].astype(int) - moving(40)[30]).mean() < 5


def test_a_gif_has_every_frame_and_goes_on_for_ever(tmp_path):
    path = tmp_path / "clip.gif"
    clips.write_gif(moving(20), 2.0, path)
    image = Image.open(path)
    assert (image.n_frames, image.info["loop"]) == (20, 0)
    assert image.info["duration"] == 100
    image.seek(10)
    shown = np.asarray(image.convert("RGB").resize(SIZE[::-1])).astype(int)
    assert np.abs(shown - moving(20)[10]).mean() < 5


def test_what_is_hard_to_compress_gets_coarser_until_it_is_small(tmp_path):
    pytest.importorskip("av")
    hard = noise(40)
    for name, write in (("a.mp4", clips.write_mp4), ("a.gif", clips.write_gif)):
        write(hard, 2.0, tmp_path / name)
        assert 0 < (tmp_path / name).stat().st_size <= clips.LIMIT
    image = Image.open(tmp_path / "a.gif")
    assert image.n_frames * image.info["duration"] == pytest.approx(2000, rel=0.1)


def test_what_cannot_be_small_is_refused_and_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(clips, "LIMIT", 100)
    for write in (clips.write_mp4, clips.write_gif):
        with pytest.raises(clips.TooLargeError, match="more than 100"):
            write(moving(4), 1.0, tmp_path / "clip")
    assert list(tmp_path.iterdir()) == []


def test_the_same_frames_give_the_same_gif(tmp_path):
    for name in ("one", "two"):
        clips.write_gif(moving(10), 1.0, tmp_path / f"{name}.gif")
    one, two = (tmp_path / f"{name}.gif" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
