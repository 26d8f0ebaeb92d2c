"""All that a run of Stable-Baselines3 needs to go on as if it had never stopped.

Its own `save` leaves out the generators and where the environment stands. Taken between
two rollouts, what is here is the whole: networks, optimisers, counters, the last
observation, running moments, and the global generators from which Stable-Baselines3
draws.
"""

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor

COUNTERS = ("num_timesteps", "_n_updates", "_episode_num")
_LAST = ("_last_obs", "_last_original_obs", "_last_episode_starts")
_MOMENTS = ("mean", "var", "count")
_DIAGNOSTICS = "train/"


def tensors(model: BaseAlgorithm) -> dict[str, Tensor]:
    """Returns the arrays of an algorithm by name; replay is not among them."""
    found = {f"parameters/{name}": value for name, value in _parameters(model).items()}
    for name in _LAST:
        if getattr(model, name) is not None:
            found[f"last/{name}"] = torch.from_numpy(getattr(model, name))
    normalised = model.get_vec_normalize_env()
    if normalised is not None:
        found["moments/returns"] = torch.from_numpy(normalised.returns)
        for kind in ("obs_rms", "ret_rms"):
            for name in _MOMENTS:
                value = getattr(getattr(normalised, kind), name)
                found[f"moments/{kind}/{name}"] = torch.as_tensor(np.asarray(value))
    found["random/torch"] = torch.get_rng_state()
    found["random/numpy"] = torch.from_numpy(np.random.get_state()[1].astype(np.int64))  # noqa: NPY002
    return {name: value.detach().clone() for name, value in found.items()}


def facts(model: BaseAlgorithm) -> dict:
    """Returns the rest, JSON-able: counters, diagnostics and generators."""
    _, _, *numpy_ = np.random.get_state()  # noqa: NPY002
    return {
        "counters": {name: getattr(model, name) for name in COUNTERS},
        "diagnostics": diagnostics(model),
        "numpy": numpy_,
        "actions": model.action_space.np_random.bit_generator.state,
    }


def restore(model: BaseAlgorithm, kept: dict[str, Tensor], told: dict) -> None:
    """Takes up what `tensors` and `facts` returned; the generators come last.

    Args:
      model: made from the same recipe.
      kept: tensors by name; others than those of `tensors` are left alone.
      told: facts; others are left alone.
    """
    _restore_parameters(model, _under(kept, "parameters/"))
    for name, value in _under(kept, "last/").items():
        setattr(model, name, value.numpy())
    normalised = model.get_vec_normalize_env()
    if normalised is not None:
        normalised.returns = kept["moments/returns"].numpy()
        for kind in ("obs_rms", "ret_rms"):
            for name in _MOMENTS:
                value = kept[f"moments/{kind}/{name}"].numpy()
                # The count is a number: as an array it would be added to in place.
                value = float(value) if name == "count" else value
                setattr(getattr(normalised, kind), name, value)
    for name in COUNTERS:
        setattr(model, name, told["counters"][name])
    for name, value in told["diagnostics"].items():
        model.logger.record(f"{_DIAGNOSTICS}{name}", value)
    model.action_space.np_random.bit_generator.state = told["actions"]
    torch.set_rng_state(kept["random/torch"])
    keys = kept["random/numpy"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, *told["numpy"]))  # noqa: NPY002


def diagnostics(model: BaseAlgorithm) -> dict[str, float]:
    """Returns what the last round of updates told of itself; empty before the first."""
    told = model.logger.name_to_value
    found = _under(told, _DIAGNOSTICS).items()
    return {name: float(value) for name, value in found if name != "n_updates"}


def _parameters(model: BaseAlgorithm) -> dict[str, Tensor]:
    """Networks, optimisers' moments and the entropy's weight, flat."""
    flat = {}
    for part, content in model.get_parameters().items():
        if part.endswith("optimizer"):
            for index, moments in content["state"].items():
                flat |= {f"{part}/{index}/{key}": v for key, v in moments.items()}
        else:
            flat |= {f"{part}/{name}": value for name, value in content.items()}
    if getattr(model, "log_ent_coef", None) is not None:
        flat["log_ent_coef"] = model.log_ent_coef
    return flat


def _restore_parameters(model: BaseAlgorithm, flat: dict[str, Tensor]) -> None:
    parameters = model.get_parameters()
    for part, content in parameters.items():
        own = _under(flat, f"{part}/")
        if part.endswith("optimizer"):
            content["state"] = {}
            for name, value in own.items():
                index, _, key = name.partition("/")
                content["state"].setdefault(int(index), {})[key] = value
        else:
            parameters[part] = own
    model.set_parameters(parameters, device="cpu")
    if "log_ent_coef" in flat:
        model.log_ent_coef.data.copy_(flat["log_ent_coef"])


def _under(named: dict, prefix: str) -> dict:
    return {k.removeprefix(prefix): v for k, v in named.items() if k.startswith(prefix)}
