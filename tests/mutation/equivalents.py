"""Mutants that compute the same: their keys, and why no test can tell them apart."""

REASONS: dict[str, str] = {}
