"""A calibration with round numbers, to compute costs from by hand."""

import pytest

from mpo_repro.study.cost import Calibration, Task


@pytest.fixture
def machine() -> Calibration:
    return Calibration(
        machine="a machine",
        device="cpu",
        start_seconds=5.0,
        compile_seconds=(30.0, 10.0),
        updates=((1e6, 0.001), (1e12, 0.001)),  # an update takes a millisecond
        acting_seconds={"plain": 0.001, "compiled": 0.0005},
        speedup=2.0,
        memory={"plain": 300e6, "compiled": 500e6},
        tasks={
            "pendulum-swingup envpool": Task(0.03, 0.05, 0.001, 0.0001),
            "reacher-easy envpool": Task(0.0, 0.0, 0.0, 0.002),
        },
    )
