"""A policy to give away: weights, a description, and a model card.

    policy.safetensors   the network's parameters, by name
    policy.yaml          everything that is needed to act, and where it comes from
    README.md            the model card

No pickle: whoever loads it runs none of its author's code.
"""

import hashlib
from pathlib import Path

import torch
import yaml
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from mpo_repro.artifacts import model_card, worlds
from mpo_repro.artifacts.policy import Policy
from mpo_repro.artifacts.run import Run
from mpo_repro.config import ConfigError, Recipe, files
from mpo_repro.config.former import without_former
from mpo_repro.mpo import networks

FORMAT = 1
DESCRIPTION, WEIGHTS, CARD = "policy.yaml", "policy.safetensors", "README.md"


class _Dumper(yaml.SafeDumper):
    """Quotes texts that begin like numbers: for YAML 1.2, 12e4 is one."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = '"' if text[:1] in "0123456789.+-" else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def export(run: Run, out: Path) -> Path:
    """Writes the policy of a run.

    Args:
      run: the run.
      out: the folder, made if it does not exist.

    Returns:
      The folder.

    Raises:
      ConfigError: if the run has no policy of MPO.
    """
    policy = run.policy
    out.mkdir(parents=True, exist_ok=True)
    # Not save_file: what that writes can be read by its author alone.
    (out / WEIGHTS).write_bytes(save(_named(policy)))
    content = _describe(run, policy, out / WEIGHTS)
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=88)
    (out / DESCRIPTION).write_text(text, encoding="utf-8")
    (out / CARD).write_text(model_card.write(content), encoding="utf-8")
    return out


def load(folder: Path) -> Policy:
    """Loads what `export` wrote.

    Raises:
      ConfigError: if a file is missing, damaged, or not of this format.
    """
    path, weights = folder / DESCRIPTION, folder / WEIGHTS
    said = files.read(path)
    if said.get("format") != FORMAT:
        raise ConfigError(path, "format", said.get("format"), str(FORMAT))
    if not weights.is_file() or _digest(weights) != said.get("sha256"):
        raise ConfigError(weights, "", "missing or damaged", f"sha256 of {path.name}")
    try:
        recipe = Recipe.model_validate(without_former(said["recipe"]), strict=False)
        return _put_together(recipe, said["task"], load_file(weights))
    except (ValueError, KeyError, RuntimeError, SafetensorError) as error:
        told = f"{type(error).__name__}: {error}"
        raise ConfigError(path, "", told, "what mpo-repro export writes") from None


def _named(policy: Policy) -> dict[str, torch.Tensor]:
    """Names the parameters; statistics of observations keep their names."""
    layout = networks.policy_layout(policy.problem.policy)
    parameters = networks.unpack(policy.state["policy"], layout)
    tensors = {f"policy.{name}": value for name, value in parameters.items()}
    others = {name: value for name, value in policy.state.items() if name != "policy"}
    return {
        name: value.clone().contiguous() for name, value in (tensors | others).items()
    }


def _put_together(recipe: Recipe, task: str, tensors: dict) -> Policy:
    parts = {
        name.removeprefix("policy."): value
        for name, value in tensors.items()
        if name.startswith("policy.")
    }
    state = {name: value for name, value in tensors.items() if "policy." not in name}
    layout = networks.policy_layout(Policy(recipe, task, {}).problem.policy)
    flat = [parts[name].reshape(shape).flatten() for name, shape in layout.items()]
    return Policy(recipe, task, state | {"policy": torch.cat(flat)})


def _describe(run: Run, policy: Policy, weights: Path) -> dict:
    about, facts = run.details, run.checkpoint[1]
    name, options = worlds.gymnasium_id(policy.task)
    network = policy.problem.policy
    return {
        "format": FORMAT,
        "task": policy.task,
        "gymnasium": {"id": name, "options": options},
        "observation_size": network.observation_size,
        "action_size": network.action_size,
        "sha256": _digest(weights),
        "environment_steps": facts["environment_steps"],
        "learner_updates": facts["updates"],
        "returns": _returns(run),
        "seed": about["seed"],
        "hash": about["hash"],
        "backend": about["backend"],
        "commit": about.get("commit"),
        "versions": about.get("versions", {}),
        "recipe": about["recipe"],
    }


def _returns(run: Run) -> dict:
    """Summarises the last evaluation: mean, sd and episodes of each kind."""
    curve = run.curve[run.curve["kind"] != "behaviour"]
    last = curve[curve.environment_steps == curve.environment_steps.max()]
    return {
        str(kind): {
            "mean": round(float(values.mean()), 1),
            "sd": round(float(values.std(ddof=0)), 1),
            "episodes": len(values),
        }
        for kind, values in last.groupby("kind").episode_return
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
