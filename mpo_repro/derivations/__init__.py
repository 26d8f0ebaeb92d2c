"""The paper's appendix as checks, each of which returns a certificate.

A check is a function in a file of its own, registered with `registry.check`. It calls
the functions of `mpo_repro.mpo` that training uses: what is trained is what is checked.
"""
