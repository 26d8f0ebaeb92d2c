"""The bounds on how far a policy may move, whichever of them a recipe gives.

Mean and covariance apart (P1, Appendix D.3), the whole KL (P1, Eq. 12), a fixed
multiplier on the whole KL (P1, Eq. 11), or nothing.
"""

from typing import NamedTuple

from torch import Tensor

from mpo_repro.mpo import multipliers


class Parts(NamedTuple):
    """A KL in its parts, each [B] or [B, A], nats; or what a nat of each costs."""

    mean: Tensor | float
    covariance: Tensor | float


def prices(values: dict[str, Tensor], settings: dict[str, Tensor]) -> Parts:
    """Returns what a nat of each part costs the policy; no gradient passes."""
    joint = values.get("alpha_joint", settings.get("kl_penalty"))
    mean, covariance = (
        values.get(f"alpha_{part}", joint) for part in ("mean", "covariance")
    )
    return Parts(_fixed(mean), _fixed(covariance))


def _fixed(multiplier: Tensor | None) -> Tensor | float:
    return 0.0 if multiplier is None else multiplier.detach()


def dual_loss(
    values: dict[str, Tensor], settings: dict[str, Tensor], kl: Parts
) -> tuple[Tensor | float, dict[str, Tensor]]:
    """Returns the multipliers' loss, scalar (0 if there is none), and diagnostics."""
    loss, metrics = 0.0, {}
    parts = {"mean": kl.mean, "covariance": kl.covariance}
    parts["joint"] = kl.mean + kl.covariance
    for part, value in parts.items():
        epsilon = settings.get(f"epsilon_{part}")
        if epsilon is None:
            continue
        loss = loss + multipliers.loss(values[f"alpha_{part}"], epsilon, value)
        metrics[f"kl_{part}_relative"] = value.mean() / epsilon
    metrics["kl_joint"] = parts["joint"].mean(0).sum()
    return loss, metrics
