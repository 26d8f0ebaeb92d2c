"""Pictures become files: mp4 and gif, each small enough for a page."""

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

LIMIT = 1_000_000  # bytes of a file
QUALITIES = (23, 28, 33, 38, 43, 51)  # of x264, from good to poor
COARSER = ((1, 128), (1, 64), (2, 64), (2, 32), (4, 32))  # every n-th frame, colours
WIDTHS = (320, 240, 160)  # of a gif, pixels


class TooLargeError(RuntimeError):
    """No quality brings the clip below the limit."""


def write_mp4(frames: Sequence[np.ndarray], seconds: float, path: Path) -> None:
    """Writes H.264 that browsers play, at the best quality below the limit.

    Args:
      frames: uint8, [height, width, 3] each; both sizes even.
      seconds: how long the clip lasts.
      path: the file.

    Raises:
      ModuleNotFoundError: without the package av.
      TooLargeError: if it is too large at every quality.
    """
    for quality in QUALITIES:
        content = _h264(frames, len(frames) / seconds, quality)
        if len(content) <= LIMIT:
            path.write_bytes(content)
            return
    raise TooLargeError(f"{path}: {len(content):,} bytes, more than {LIMIT:,}")


def write_gif(frames: Sequence[np.ndarray], seconds: float, path: Path) -> None:
    """Writes an endless gif; arguments and errors as of `write_mp4`.

    To stay below the limit it has fewer pictures, colours or, at last, pixels.
    """
    for width in WIDTHS:
        for every, colours in COARSER:
            content = _gif(frames[::every], seconds, width, colours)
            if len(content) <= LIMIT:
                path.write_bytes(content)
                return
    raise TooLargeError(f"{path}: {len(content):,} bytes, more than {LIMIT:,}")


def _h264(frames: Sequence[np.ndarray], rate: float, quality: int) -> bytes:
    import av

    buffer = io.BytesIO()
    undated = {"fflags": "+bitexact"}  # no time of making in the file's head
    with av.open(buffer, "w", format="mp4", options=undated) as container:
        # One core a process. The encoder does not promise equal bytes all the same.
        options = {"crf": str(quality), "threads": "1", "preset": "slow"}
        stream = container.add_stream(
            "libx264", rate=Fraction(rate).limit_denominator(1000), options=options
        )
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def _gif(
    frames: Sequence[np.ndarray], seconds: float, width: int, colours: int
) -> bytes:
    height = round(frames[0].shape[0] * width / frames[0].shape[1])
    images = [Image.fromarray(frame).resize((width, height)) for frame in frames]
    # One palette for all, of the middle of the episode: colours do not flicker.
    palette = images[len(images) // 2].quantize(colours)
    images = [
        image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images
    ]
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "gif",
        save_all=True,
        append_images=images[1:],
        duration=max(20, round(1000 * seconds / len(images))),  # milliseconds
        loop=0,
        optimize=False,
    )
    return buffer.getvalue()
