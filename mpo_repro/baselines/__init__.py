"""PPO, SAC, DDPG and TD3 by Stable-Baselines3, on the same terms as MPO.

Same tasks, streams of episodes, evaluation, run folders and commands: what differs is
the algorithm. Everything here needs the extra `baselines`.
"""
