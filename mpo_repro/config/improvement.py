"""Settings of policy improvement, one class for each method."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from mpo_repro.config.section import PositiveFloat, Section

Bound = PositiveFloat | None
States = Annotated[
    Literal["all", "non_terminal"],
    Field(
        description="Where the policy is improved: at all states of a batch, or not at "
        "terminal ones, at which Q is never trained."
    ),
]


class NonParametric(Section):
    """E-step on sampled actions, and an M-step (P1, Alg. 2)."""

    method: Literal["nonparametric"] = "nonparametric"
    samples: PositiveInt = Field(description="Actions per state, M.")
    epsilon: PositiveFloat = Field(description="E-step bound, nats.")
    epsilon_mean: Bound = Field(
        description="M-step bound on the mean, nats; null: none."
    )
    epsilon_covariance: Bound = Field(description="M-step bound, nats; null: none.")
    temperature: Literal["gradient", "exact"]
    m_step: Literal["coupled", "decoupled", "mixed"]
    fitted_actions: Literal["sampled", "executed"] = Field(
        description="M-step: the actions as drawn, or as clipped to the bounds."
    )
    epsilon_penalty: Bound = Field(
        description="E-step bound of the out-of-range action penalty, nats; null: none."
    )
    penalty_temperature: PositiveFloat | None = Field(
        description="Fixed temperature of that penalty, in action units; null: none."
    )
    epsilon_joint: Bound = Field(
        None, description="M-step bound on the whole KL, nats; null: none."
    )
    kl_penalty: PositiveFloat | None = Field(
        None, description="Fixed multiplier of the whole KL, lambda; null: none."
    )
    prior_precision: PositiveFloat | None = Field(
        None, description="lambda of a prior N(theta_i, F^-1 / lambda); null: none."
    )
    m_step_updates: PositiveInt = Field(
        1, description="Steps of policy and multipliers on the same weights."
    )
    per_dimension: bool = Field(
        False, description="M-step bounds hold for each action dimension apart."
    )
    likelihood_weight: PositiveFloat = Field(
        1.0, description="Factor of the likelihood against the KL terms."
    )
    dual: Literal["per_state", "pooled", "unnormalised"] = Field(
        "per_state", description="The temperature's loss; the last two are defects."
    )
    kl: Literal["exact", "inverted_variances", "stddev_as_variance", "reversed"] = (
        Field("exact", description="The M-step's KL; all but the first are defects.")
    )
    states: States = "all"


class Parametric(Section):
    """q is the policy itself: E_q[Q] by its likelihood ratios (P1, Alg. 3).

    Without bounds and with an entropy bonus it is the expected policy gradient.
    """

    method: Literal["parametric"]
    samples: PositiveInt = Field(description="Actions per state, M.")
    objective: Literal["advantage", "q_value", "above_mean"] = Field(
        description="Q minus the mean of a state's other samples; Q; or Q minus Q of "
        "the sampled policy's mean action, which needs no other sample."
    )
    actions: Literal["old", "current"] = Field(
        description="Whose samples E_q is taken over: pi_i's, reweighted, or q's own."
    )
    gradient_actions: Literal["all", "one"] = Field(
        description="Of the M actions, those whose likelihood is changed."
    )
    antithetic: bool = Field(
        False, description="Actions in pairs mu +- sigma x: Q's level cancels."
    )
    epsilon_mean: Bound = Field(description="Bound on KL(q || pi_i), mean; null: none.")
    epsilon_covariance: Bound = Field(
        description="Bound on KL(q || pi_i), covariance; null: none."
    )
    entropy_scale: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        description="Factor of the entropy bonus, in return per nat."
    )
    states: States = "all"


class Categorical(Section):
    """E-step and M-step with exact sums over finitely many actions."""

    method: Literal["categorical"]
    epsilon: PositiveFloat = Field(description="E-step bound, nats.")
    epsilon_joint: Bound = Field(description="M-step bound, nats; null: none.")
    temperature: Literal["gradient", "exact"]
    old_policy_in_weights: bool = Field(
        description="q is proportional to pi_i exp(Q / eta); without pi_i: a defect."
    )
    kl: Literal["exact", "reversed"] = Field(
        description="KL(pi_i || pi_theta), or exchanged: a defect."
    )
    m_step_updates: PositiveInt = Field(
        1, description="Steps of policy and multipliers on the same weights."
    )
    temperature_loss: Literal["dual", "leaked"] = Field(
        "dual",
        description="What the temperature follows: its dual, or the policy's loss as "
        "well, through the weights: a defect.",
    )
    states: States = "all"


Improvement = Annotated[
    NonParametric | Parametric | Categorical, Field(discriminator="method")
]
