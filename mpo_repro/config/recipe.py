"""The settings of one algorithm: what a recipe file may say.

Every setting is explained, with its source, in paper_configs/recipes/paper.yaml.
"""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt, model_validator

from mpo_repro.config.consistency import contradiction
from mpo_repro.config.improvement import Improvement
from mpo_repro.config.policy import Policy
from mpo_repro.config.section import Activation, PositiveFloat, Section, Torso, Widths


class Critic(Section):
    """The action-value function Q(s, a)."""

    hidden: Widths
    activation: Activation
    layer_norm: bool = Field(description="Layer norm and tanh after the first layer.")
    count: Literal[1, 2] = Field(1, description="2: twins, of which the lower counts.")
    torso: Torso = "mlp"


class PolicyEvaluation(Section):
    """How targets for Q are made from sequences of replay."""

    method: Literal["retrace", "n_step", "td_0"]
    sequence_length: PositiveInt = Field(description="Transitions per sequence.")
    discount: Annotated[float, Field(ge=0, lt=1)]
    next_actions: Literal["all", "one"] = Field(
        "all", description="Of the M actions, those whose values are averaged."
    )
    bootstrap: Literal["policy", "improved"] = Field(
        "policy", description="The policy whose value is learnt: pi_i, or q."
    )
    full_returns: bool = Field(
        False,
        description="Each target takes sequence_length transitions, fewer only at an "
        "episode's end: replay is read further than what is trained. False: targets "
        "end with their sequence, after half as many on average.",
    )

    @property
    def window(self) -> int:
        """Transitions that are read from replay for each sequence."""
        length = self.sequence_length
        return 2 * length - 1 if self.full_returns else length


class Multipliers(Section):
    """The Lagrange multipliers: initial values, and how they follow their losses."""

    learning_rate: PositiveFloat | None = Field(
        description="Null: there is no multiplier."
    )
    temperature: PositiveFloat | None = Field(description="In return; null: none.")
    alpha_mean: PositiveFloat | None = Field(description="Null: none.")
    alpha_covariance: PositiveFloat | None = Field(description="Null: none.")
    alpha_joint: PositiveFloat | None = Field(None, description="Null: none.")
    transform: Literal["softplus", "exp"] = Field(
        "softplus", description="From the free parameter to the multiplier."
    )
    scale: PositiveFloat = Field(1.0, description="Factor after the transform.")
    floor: PositiveFloat | None = Field(None, description="At least; null: above 0.")
    cap: PositiveFloat | None = Field(None, description="At most; null: unbounded.")
    cap_mean: PositiveFloat | None = Field(
        None, description="At most, of alpha_mean; null: cap."
    )


class Optimisation(Section):
    """Adam's rates, clipping, and the refresh of the target networks."""

    policy_learning_rate: PositiveFloat
    critic_learning_rate: PositiveFloat
    gradient_norm: PositiveFloat | None = Field(description="Clip; null: none.")
    target_period: PositiveInt | None = Field(
        description="Updates between two refreshes; null: by target_rate."
    )
    target_rate: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Share of the networks that targets take over each update."
    )
    policy_period: PositiveInt | None = Field(
        None, description="Updates between refreshes of pi_i; null: as the critic's."
    )


class Data(Section):
    """Acting and replay."""

    environments: Annotated[int, Field(ge=1, le=256)]
    steps_per_update: PositiveFloat | None = Field(
        description="Environment steps; null: by iterations."
    )
    batch_states: PositiveInt = Field(
        description="Transitions per update, to the nearest whole sequence."
    )
    buffer_size: PositiveInt = Field(
        description="Transitions that a worker keeps; as many as it gathers in an "
        "iteration: as if it were cleared."
    )
    initial_steps: PositiveInt | None = Field(
        description="Steps before the first update; null: an iteration's."
    )
    steps_per_iteration: PositiveInt | None = Field(
        None, description="Environment steps gathered, then updates taken."
    )
    episodes_per_iteration: PositiveInt | None = Field(
        None, description="Episodes gathered, however long, then updates taken."
    )
    updates_per_iteration: PositiveInt | None = Field(
        None, description="Updates after each of these."
    )
    normalise_observations: bool = Field(
        False, description="By the running mean and stddev of those seen."
    )
    time_limit: Literal["truncation", "termination"] = Field(
        "truncation", description="What the end of the time means; the last: a defect."
    )
    workers: Annotated[int, Field(ge=1, le=256)] = Field(
        1,
        description="Processes with such environments, buffer and batch each; their "
        "gradients are averaged. Steps are counted over all of them.",
    )


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
    def _consistent(self) -> "Recipe":
        wrong = contradiction(self)
        if wrong is not None:
            raise ValueError(wrong)
        return self
