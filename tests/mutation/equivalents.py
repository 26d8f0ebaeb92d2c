"""Mutants that compute the same: their keys, and why no test can tell them apart."""

_SHAPE = "only the size, type or device is read, which mean and covariance share"
_BRACKET = "the bracket is wider or the start another; the root in it is the same"
_SQUARED = "kl_mean is a square of the difference of its first two arguments"

REASONS: dict[str, str] = {
    "distributions.DiagonalGaussian.entropy: self.mean -> self.stddev": _SHAPE,
    "distributions.FullGaussian.entropy: self.mean -> self.cholesky": _SHAPE,
    "distributions.FullGaussian._inverse_cholesky: self.cholesky -> self.mean": _SHAPE,
    "distributions.FullGaussian._inverse_cholesky: self.cholesky -> self.mean #2": (
        _SHAPE
    ),
    "distributions.FullGaussian._inverse_cholesky: self.cholesky -> self.mean #3": (
        _SHAPE
    ),
    "distributions.kl_covariance: old -> new #3": _SHAPE,
    "distributions._product: left.shape[-1] > SMALL -> left.shape[-1] < SMALL": (
        "both ways compute the product; which is quicker depends on the size"
    ),
    "e_step.solve_temperature: torch.as_tensor(1.0 / epsilon).clamp(min=1.0) -> "
    "torch.as_tensor(1.0 / epsilon)": _BRACKET
    + ": KL(q || pi_i) is at most spread / eta for any epsilon",
    "e_step.solve_temperature: (spread * largest).clamp(min=1e-30) -> "
    "spread * largest": "ln 0 is below the lower end, which is taken then",
    "e_step.solve_temperature: low -> high #2": _BRACKET,
    "e_step.solve_temperature: high -> low": _BRACKET,
    "e_step.excess_and_slope: kl.mean().clamp(min=1e-30) -> kl.mean()": (
        "differs only where the KL rounds to 0 or below, which is no root for any "
        "epsilon above rounding: 1e-30 and no number both move the upper end"
    ),
    "e_step.excess_and_slope: (variance.mean() / kl).clamp(min=1e-30) -> "
    "variance.mean() / kl": (
        "a slope of 0 sends Newton's step to infinity and one of 1e-30 beyond any "
        "bracket, which is halved then; where the KL is epsilon at a slope of 0, it is "
        "so on an interval, and both return a temperature of it"
    ),
    "m_step.weighted_log_likelihood: mean -> weighted_mean #2": _SHAPE,
    "m_step.coupled: kl_mean(old.mean, new.mean, metric=new) -> "
    "kl_mean(new.mean, old.mean, metric=new)": _SQUARED,
    "m_step.decoupled: kl_mean(old.mean, new.mean, metric=old) -> "
    "kl_mean(new.mean, old.mean, metric=old)": _SQUARED,
    "m_step.mixed: kl_mean(old.mean, new.mean, metric=old) -> "
    "kl_mean(new.mean, old.mean, metric=old)": _SQUARED,
    "parametric.improvement: expected_advantage(ratios, advantages) -> "
    "expected_advantage(advantages, ratios)": "it is the mean of their product",
    "parametric.improvement: kl_mean(q.mean, old.mean, metric=old) -> "
    "kl_mean(old.mean, q.mean, metric=old)": _SQUARED,
}
