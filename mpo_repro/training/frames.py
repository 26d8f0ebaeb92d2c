"""Images in replay: a row keeps one frame, and stacks are put together from rows.

An image is the last F frames, so that the next step's shares all but one with it.
Replay keeps the youngest only, as bytes: a 16th of what stacks of float32 would take.
At the start of an episode its first frame stands in for those before.

Bytes lie four to a float32, beside the numbers of their row. They are copied only: what
a word would mean as a number, NaN for some, plays no part.
"""

import torch
from torch import Tensor

WORD = 4  # bytes of a float32
Image = tuple[int, int, int]  # F frames, H, W


def words(image: Image) -> int:
    """Returns how many float32 numbers a frame takes.

    Raises:
      ValueError: if a frame does not fill them.
    """
    _, height, width = image
    if height * width % WORD:
        raise ValueError(f"a frame of {height} x {width} bytes does not fill words")
    return height * width // WORD


def youngest(images: Tensor) -> Tensor:
    """Takes the last frame of images [..., F, H, W], uint8, as words [..., H W / 4]."""
    return images[..., -1, :, :].flatten(-2).contiguous().view(torch.float32)


def stacks(packed: Tensor, valid: Tensor, image: Image) -> Tensor:
    """Puts together the images of consecutive rows.

    Args:
      packed: words of F - 1 + N rows, shape [..., F - 1 + N, H W / 4].
      valid: 0 where a row is the last of its episode, shape [..., F - 1 + N].
      image: F, H, W.

    Returns:
      The images of the last N rows, uint8, shape [..., N, F, H, W].
    """
    frames, height, width = image
    places = torch.arange(valid.shape[-1], device=valid.device)
    begins = valid.roll(1, dims=-1) == 0
    first = torch.where(begins, places, 0).cummax(dim=-1).values  # of the row's episode
    back = torch.arange(frames - 1, -1, -1, device=valid.device)
    source = (places.unsqueeze(-1) - back).maximum(first.unsqueeze(-1))
    source = source[..., frames - 1 :, :]  # [..., N, F]
    pixels = packed.view(torch.uint8)
    index = source.flatten(-2).unsqueeze(-1).expand(*packed.shape[:-2], -1, 1)
    chosen = torch.take_along_dim(pixels, index, dim=-2)
    return chosen.unflatten(-2, source.shape[-2:]).unflatten(-1, (height, width))
