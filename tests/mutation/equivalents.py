"""Mutants that compute the same: their keys, and why no test can tell them apart."""

_SHAPE = "only the size, type or device is read, which mean and covariance share"
_BRACKET = "the bracket is wider or the start another; the root in it is the same"

REASONS: dict[str, str] = {
    "distributions.FullGaussian._inverse_cholesky: self.cholesky -> self.mean": _SHAPE,
    "distributions.FullGaussian._inverse_cholesky: self.cholesky -> self.mean #2": (
        _SHAPE
    ),
    "distributions.FullGaussian._inverse_cholesky: self.cholesky -> self.mean #3": (
        _SHAPE
    ),
    "distributions.kl_covariance: old -> new #3": _SHAPE,
    "e_step.solve_temperature: torch.as_tensor(1.0 / epsilon).clamp(min=1.0) -> "
    "torch.as_tensor(1.0 / epsilon)": _BRACKET
    + ": KL(q || pi_i) is at most spread / eta for any epsilon",
    "e_step.solve_temperature: (spread * largest).clamp(min=1e-30) -> "
    "spread * largest": "ln 0 is below the lower end, which is taken then",
    "e_step.solve_temperature: low -> high #2": _BRACKET,
    "e_step.solve_temperature: high -> low": _BRACKET,
}
