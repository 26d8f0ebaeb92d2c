"""Convolutions that turn an image into features, for networks that see images."""

from torch import Tensor
from torch.nn import functional

from mpo_repro.mpo import activations
from mpo_repro.mpo.filters import Convolutions

BRIGHTEST = 255  # of a byte: images are scaled to [0, 1]


def features(
    convolutions: Convolutions,
    activation: str,
    parameters: dict[str, Tensor],
    observations: Tensor,
) -> Tensor:
    """Applies the layers, each followed by the activation.

    Args:
      convolutions: the architecture.
      activation: a name of `activations.BY_NAME`.
      parameters: by the names of `filters.layout`; others are left.
      observations: images of F frames, H x W bytes of 0 to 255, shape
        [..., F, H, W].

    Returns:
      Features, shape [..., `filters.size(convolutions)`].
    """
    images = observations.reshape(-1, *convolutions.image)
    hidden = images.to(parameters["kernel_0"].dtype) / BRIGHTEST
    for index, layer in enumerate(convolutions.layers):
        kernel, offset = parameters[f"kernel_{index}"], parameters[f"offset_{index}"]
        hidden = functional.conv2d(hidden, kernel, offset, layer.stride)
        hidden = activations.BY_NAME[activation](hidden)
    return hidden.reshape(*observations.shape[:-3], -1)
