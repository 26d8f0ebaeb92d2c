"""`python -m mpo_repro` is `mpo-repro`; torchrun starts workers by it."""

from mpo_repro.cli.app import main

main()
