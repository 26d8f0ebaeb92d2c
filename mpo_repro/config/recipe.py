"""The settings of one algorithm: what a recipe file may say.

Every setting is explained, with its source, in paper_configs/recipes/paper.yaml.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Widths = Annotated[
    tuple[Annotated[int, Field(ge=1, le=4096)], ...], Field(max_length=8)
]
Activation = Literal["elu", "relu", "tanh"]


class Section(BaseModel):
    """A group of settings; unknown keys are refused and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Policy(Section):
    """The Gaussian policy pi(a|s)."""

    covariance: Literal["full", "diagonal"]
    hidden: Widths
    activation: Activation
    layer_norm: bool = Field(description="Layer norm and tanh after the first layer.")
    mean: Literal["linear", "tanh"]
    initial_stddev: PositiveFloat
    minimum_stddev: PositiveFloat


class Critic(Section):
    """The action-value function Q(s, a)."""

    hidden: Widths
    activation: Activation
    layer_norm: bool = Field(description="Layer norm and tanh after the first layer.")


class PolicyEvaluation(Section):
    """How targets for Q are made from sequences of replay."""

    method: Literal["retrace", "n_step", "td_0"]
    sequence_length: PositiveInt = Field(description="Transitions per sequence.")
    discount: Annotated[float, Field(ge=0, lt=1)]


class Improvement(Section):
    """E-step and M-step."""

    samples: PositiveInt = Field(description="Actions per state, M.")
    epsilon: PositiveFloat = Field(description="E-step bound, nats.")
    epsilon_mean: PositiveFloat = Field(description="M-step bound on the mean, nats.")
    epsilon_covariance: PositiveFloat = Field(description="M-step bound, nats.")
    temperature: Literal["gradient", "exact"]
    m_step: Literal["coupled", "decoupled"]
    fitted_actions: Literal["sampled", "executed"] = Field(
        description="M-step: the actions as drawn, or as clipped to the bounds."
    )
    epsilon_penalty: PositiveFloat | None = Field(
        description="E-step bound of the out-of-range action penalty, nats; null: none."
    )
    penalty_temperature: PositiveFloat | None = Field(
        description="Fixed temperature of that penalty, in action units; null: none."
    )

    @model_validator(mode="after")
    def _one_penalty(self) -> "Improvement":
        if self.epsilon_penalty is not None and self.penalty_temperature is not None:
            raise ValueError(
                "epsilon_penalty and penalty_temperature exclude each other"
            )
        return self


class Multipliers(Section):
    """The Lagrange multipliers, softplus of a free parameter."""

    learning_rate: PositiveFloat
    temperature: PositiveFloat = Field(description="Initial value, in return.")
    alpha_mean: PositiveFloat = Field(description="Initial value.")
    alpha_covariance: PositiveFloat = Field(description="Initial value.")


class Optimisation(Section):
    """Adam's rates, clipping, and the refresh of the target networks."""

    policy_learning_rate: PositiveFloat
    critic_learning_rate: PositiveFloat
    gradient_norm: PositiveFloat | None = Field(description="Clip; null: none.")
    target_period: PositiveInt = Field(description="Updates between two refreshes.")


class Data(Section):
    """Acting and replay."""

    environments: Annotated[int, Field(ge=1, le=256)]
    steps_per_update: PositiveFloat = Field(description="Environment steps.")
    batch_states: PositiveInt = Field(description="Transitions per update.")
    buffer_size: PositiveInt = Field(description="Transitions kept.")
    initial_steps: PositiveInt = Field(description="Steps before the first update.")


class Recipe(Section):
    """One algorithm, completely specified."""

    policy: Policy
    critic: Critic
    policy_evaluation: PolicyEvaluation
    improvement: Improvement
    multipliers: Multipliers
    optimisation: Optimisation
    data: Data

    @model_validator(mode="after")
    def _sequences_fit(self) -> "Recipe":
        length = self.policy_evaluation.sequence_length
        if self.data.buffer_size // self.data.environments <= length:
            raise ValueError(
                "a data.buffer_size that holds a sequence and its last state for each "
                f"environment, (sequence_length + 1) * environments = "
                f"{(length + 1) * self.data.environments}"
            )
        return self
