"""mpo_repro: a replication study of Maximum a Posteriori Policy Optimisation."""

__version__ = "0.1.0"
