"""What is done with a study as a whole, above training and analysis."""

from mpo_repro.study.opening import open_study

__all__ = ["open_study"]
