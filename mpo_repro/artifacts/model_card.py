"""The model card of an exported policy, from its description."""

_CARD = """\
# {task}, by Maximum a Posteriori Policy Optimisation

A policy for `{task}`, trained for {steps:,} environment steps ({updates:,} updates),
seed {seed}.

## Use

```python
import gymnasium
import mpo_repro

policy = mpo_repro.load_policy("this folder")
environment = gymnasium.make({made})
observation, _ = environment.reset()
action = policy(observation)                       # the mean action
action = policy(observation, deterministic=False)  # drawn from the policy
```

`policy.safetensors` holds the parameters by name, `policy.yaml` the rest.

## Return

{returns}

Of the last evaluation of one run. Another seed can give another return by far more
than the spread of these episodes: it says nothing about the algorithm.

## Training

- Settings: `recipe` in `policy.yaml`; configuration `{hash}`, commit `{commit}`.
- Simulator: {backend}; {versions}.

## Limits

It was trained in simulation, from the state and not from pictures, for this task alone.
MuJoCo's versions differ in rounding, and in contacts by more: with another one the
return may differ.
"""


def write(description: dict) -> str:
    """Writes the card.

    Args:
      description: the content of policy.yaml.
    """
    world = description["gymnasium"]
    options = "".join(f", {key}={value!r}" for key, value in world["options"].items())
    versions = description["versions"]
    told = [
        f"{name} {versions[name]}" for name in ("mujoco", "torch") if name in versions
    ]
    return _CARD.format(
        task=description["task"],
        steps=description["environment_steps"],
        updates=description["learner_updates"],
        seed=description["seed"],
        made=f'"{world["id"]}"{options}',
        returns=_table(description["returns"]),
        hash=description["hash"],
        commit=description["commit"] or "unknown",
        backend=description["backend"],
        versions=", ".join(told) or "versions unknown",
    )


def _table(returns: dict) -> str:
    if not returns:
        return "The run was not evaluated."
    rows = [
        f"| {kind} | {value['mean']} | {value['sd']} | {value['episodes']} |"
        for kind, value in returns.items()
    ]
    head = ["| actions | mean | sd | episodes |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])
