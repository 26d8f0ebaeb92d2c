"""JSON schemas of the YAML files, for editors and for Snakemake's own check.

They are made from the models, so that there is one source; the copies in
paper_configs/schema are written by `mpo-repro schema`.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, TypeAdapter

from mpo_repro.config import files
from mpo_repro.config.algorithms import BASELINES, MPO, AnyRecipe
from mpo_repro.config.claim import Claim
from mpo_repro.config.execution import ExecutionPath
from mpo_repro.config.recipe import Recipe
from mpo_repro.config.study import Study

_NAME = files.NAME.pattern
StudyName = Annotated[str, Field(pattern=rf"^{_NAME}(:{_NAME})?$")]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Workflow(BaseModel):
    """What `snakemake --config` may set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    study: StudyName = Field(
        "quick", description="A name in paper_configs/studies, or NAME:BUDGET."
    )
    cohort: PositiveInt = Field(1, description="Runs that train in one process.")
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where cohorts learn.")
    execution: ExecutionPath | None = Field(
        None, description="How MPO's updates are executed; null: as the study has it."
    )


def schemas() -> dict[str, dict[str, Any]]:
    """Makes the schema of each kind of file.

    Returns:
      File name -> JSON schema, of dialect 2020-12.
    """
    return {
        "claim.schema.json": _with_dialect(Claim.model_json_schema()),
        "recipe.schema.json": _recipe_file(),
        "study.schema.json": _with_dialect(Study.model_json_schema()),
        "workflow.schema.json": _with_dialect(Workflow.model_json_schema()),
    }


def as_text(schema: dict[str, Any]) -> str:
    """Writes a schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _with_dialect(schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT} | schema


def _recipe_file() -> dict[str, Any]:
    """Makes the schema of a recipe's file, which may state only what differs."""
    schema = _with_dialect(TypeAdapter(AnyRecipe).json_schema())
    for section in schema["$defs"].values():
        section.pop("required", None)
    about = {
        "extends": {
            "type": "string",
            "pattern": Study.model_json_schema()["properties"]["name"]["pattern"],
            "description": "The recipe from which everything else is taken.",
        },
        "description": {"type": "string"},
    }
    for kind in (Recipe, *BASELINES.values()):
        schema["$defs"][kind.__name__]["properties"] |= about
    mpo = {"const": MPO, "title": "Algorithm", "type": "string"}
    schema["$defs"][Recipe.__name__]["properties"] |= {"algorithm": mpo}
    return schema
