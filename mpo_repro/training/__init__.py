"""From one recipe, task and seed to one run folder.

Letters beside those of `mpo_repro.mpo`: R runs trained in one process (a leading axis
of every parameter, batch and multiplier), E environments per run.
"""
