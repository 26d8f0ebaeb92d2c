"""Compiled code of our own, where it is much faster than a library's.

A kernel stands beside a plain version of the same mathematics, in `mpo_repro.mpo`, and
agrees with it but for rounding. It is compiled for the processor at hand when a run
first asks for it. In: tensors. Out: tensors. Imports `mpo_repro.mpo` only.
"""
