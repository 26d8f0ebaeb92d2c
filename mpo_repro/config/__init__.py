"""What the YAML files may say: recipes and studies, and how they are read."""

from mpo_repro.config.errors import ConfigError, nearest

__all__ = ["ConfigError", "nearest"]
