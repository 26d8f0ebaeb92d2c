"""The sizes of an update, and the recipe that has them."""

from typing import NamedTuple

from mpo_repro.config import Recipe, load_recipe, override


class Sizes(NamedTuple):
    """What an update's cost depends on; the defaults are the paper's."""

    batch: int = 256  # transitions
    samples: int = 20  # actions per state
    observations: int = 17  # elements; with 6 actions: cheetah-run
    actions: int = 6
    policy: tuple[int, ...] = (100, 100)
    critic: tuple[int, ...] = (200, 200)
    recipe: str = "paper"  # everything else

    @classmethod
    def from_json(cls, fields: dict) -> "Sizes":
        """Returns the sizes whose `_asdict` went through JSON."""
        lists = {k: tuple(v) for k, v in fields.items() if isinstance(v, list)}
        return cls(**fields | lists)

    def settings(self) -> Recipe:
        """Returns the recipe with these sizes.

        Raises:
          ConfigError: if there is no such recipe, or it does not allow a size.
        """
        changes = {
            "policy.hidden": list(self.policy),
            "critic.hidden": list(self.critic),
            "improvement.samples": self.samples,
            "data.batch_states": self.batch,
        }
        return override(load_recipe(self.recipe), changes)


def sequences(recipe: Recipe) -> tuple[int, int]:
    """Returns S and T of a recipe's batch, as a run reads it from replay."""
    evaluation = recipe.policy_evaluation
    count = max(1, round(recipe.data.batch_states / evaluation.sequence_length))
    return count, evaluation.window
