"""Maximum a Posteriori Policy Optimisation as pure functions on tensors.

Letters, in every module: B states, N actions sampled per state, A action dimensions,
O observation size, T transitions of a sequence, S sequences. The functions are written
for one run; `mpo_repro.training` maps them over R runs.

P1: Abdolmaleki et al., Maximum a Posteriori Policy Optimisation, ICLR 2018.
P2: Abdolmaleki et al., Relative Entropy Regularized Policy Iteration, 2018.
"""
