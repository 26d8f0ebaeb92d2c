"""The option --device: where updates are computed."""


def usable(name: str) -> str:
    """Returns the device's name.

    Raises:
      ConfigError: if this machine has no such device.
    """
    import torch

    from mpo_repro.config import ConfigError

    known = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    if name not in known:
        allowed = f"{' or '.join(known)} on this machine"
        raise ConfigError("--device", "", name, allowed)
    return name
