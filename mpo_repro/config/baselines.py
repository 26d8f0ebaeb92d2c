"""The settings of the baselines: what their recipe files may say.

They are those of Stable-Baselines3, by the names that this project uses, as far as a
published setting differs from the library's default; all acts in one environment. Every
setting is explained, with its source, in paper_configs/recipes/sb3-*.yaml.
"""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt, model_validator

from mpo_repro.config.section import Activation, PositiveFloat, Section, Widths

Fraction = Annotated[float, Field(gt=0, le=1)]
Discount = Annotated[float, Field(ge=0, lt=1)]


class Ppo(Section):
    """Proximal policy optimisation with a clipped ratio."""

    algorithm: Literal["ppo"]
    hidden: Widths = Field(description="Of the policy and of the value, each.")
    activation: Activation
    normalise: bool = Field(description="Observations and rewards, by running moments.")
    learning_rate: PositiveFloat
    rollout_steps: Annotated[int, Field(ge=2)] = Field(
        description="Environment steps between two rounds of updates."
    )
    batch_size: Annotated[int, Field(ge=2)] = Field(description="States per update.")
    epochs: PositiveInt = Field(description="Passes over a rollout.")
    discount: Discount
    gae_lambda: Annotated[float, Field(ge=0, le=1)]
    clip_range: PositiveFloat
    entropy_coefficient: NonNegativeFloat
    value_coefficient: NonNegativeFloat
    gradient_norm: PositiveFloat

    @model_validator(mode="after")
    def _batches_fit(self) -> "Ppo":
        if self.rollout_steps % self.batch_size:
            raise ValueError(
                "a batch_size that divides rollout_steps, or the last batch of every "
                "pass is a smaller one"
            )
        return self


class OffPolicy(Section):
    """What the algorithms that learn from replay have in common."""

    hidden: Widths = Field(description="Of the policy and of each critic.")
    activation: Activation
    learning_rate: PositiveFloat
    buffer_size: PositiveInt = Field(description="Transitions kept.")
    initial_steps: PositiveInt = Field(
        description="Steps with uniformly random actions, before the first update."
    )
    batch_size: PositiveInt = Field(description="Transitions per update.")
    target_rate: Fraction = Field(description="Polyak step of the targets.")
    discount: Discount
    update_period: PositiveInt = Field(
        description="Environment steps between two rounds of updates."
    )
    updates_per_period: PositiveInt


class Sac(OffPolicy):
    """Soft actor-critic."""

    algorithm: Literal["sac"]
    entropy_coefficient: PositiveFloat | None = Field(
        description="Fixed weight of the entropy, return/nat; null: learnt."
    )


class Ddpg(OffPolicy):
    """Deep deterministic policy gradient."""

    algorithm: Literal["ddpg"]
    exploration_noise: PositiveFloat = Field(description="Stddev, in action units.")


class Td3(OffPolicy):
    """Twin delayed DDPG."""

    algorithm: Literal["td3"]
    exploration_noise: PositiveFloat = Field(description="Stddev, in action units.")
    policy_period: PositiveInt = Field(description="Critic updates per policy update.")
    target_noise: PositiveFloat = Field(description="Stddev, in action units.")
    target_noise_clip: PositiveFloat


Baseline = Ppo | Sac | Ddpg | Td3
"""A recipe of any baseline."""
