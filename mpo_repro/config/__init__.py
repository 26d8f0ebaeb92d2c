"""What the YAML files may say: recipes and studies, and how they are read."""

from mpo_repro.config.algorithms import AnyRecipe, algorithm
from mpo_repro.config.backend import default_backend
from mpo_repro.config.budget import Evaluation
from mpo_repro.config.errors import ConfigError, nearest
from mpo_repro.config.recipe import Recipe
from mpo_repro.config.recipes import (
    load_recipe,
    override,
    parse_settings,
    recipe_hash,
)
from mpo_repro.config.run_spec import RunSpec
from mpo_repro.config.studies import load_study
from mpo_repro.config.study import Arm, Study

__all__ = [
    "AnyRecipe",
    "Arm",
    "ConfigError",
    "Evaluation",
    "Recipe",
    "RunSpec",
    "Study",
    "algorithm",
    "default_backend",
    "load_recipe",
    "load_study",
    "nearest",
    "override",
    "parse_settings",
    "recipe_hash",
]
