"""The ways in which an update is executed, by name: see `training.execution`."""

from typing import Literal, get_args

ExecutionPath = Literal["plain", "compiled", "bfloat16"]
PATHS: tuple[ExecutionPath, ...] = get_args(ExecutionPath)
