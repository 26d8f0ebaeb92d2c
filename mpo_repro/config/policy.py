"""Settings of the policy pi(a|s): Gaussian, or categorical for discrete actions."""

from typing import Annotated, Literal

from pydantic import Field

from mpo_repro.config.section import Activation, PositiveFloat, Section, Torso, Widths


class GaussianPolicy(Section):
    """For continuous actions."""

    distribution: Literal["gaussian"] = "gaussian"
    covariance: Literal["full", "diagonal"]
    hidden: Widths
    activation: Activation
    layer_norm: bool = Field(description="Layer norm and tanh after the first layer.")
    mean: Literal["linear", "tanh"]
    initial_stddev: PositiveFloat = Field(description="At first, above the minimum.")
    minimum_stddev: PositiveFloat = Field(description="Added to every stddev.")
    bounds: Literal["clip", "tanh"] = Field(
        "clip", description="How a drawn action becomes one that is executed."
    )


class CategoricalPolicy(Section):
    """For finitely many actions."""

    distribution: Literal["categorical"]
    hidden: Widths
    activation: Activation
    layer_norm: bool = Field(description="Layer norm and tanh after the first layer.")
    torso: Torso = "mlp"


Policy = Annotated[
    GaussianPolicy | CategoricalPolicy, Field(discriminator="distribution")
]
