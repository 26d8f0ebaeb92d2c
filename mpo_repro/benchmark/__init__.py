"""How fast learner, environments, runs and workflow are, and how fast they could be.

Every figure stands beside the machine's own limit, measured in the same call.
"""
