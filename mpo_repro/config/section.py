"""What all groups of settings share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Widths = Annotated[
    tuple[Annotated[int, Field(ge=1, le=4096)], ...], Field(max_length=8)
]
Activation = Literal["elu", "relu", "tanh"]
Torso = Annotated[
    Literal["mlp", "dqn"],
    Field(
        description="What precedes the hidden layers: nothing, or DQN's convolutions."
    ),
]


class Section(BaseModel):
    """A group of settings; unknown keys are refused and values never change.

    A field with a default is younger than the first published results: its default is
    what they were made with, and does not enter a recipe's hash.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
