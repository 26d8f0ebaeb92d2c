"""What defects cost: which arms are compared, and numbers only where there are some."""

from types import SimpleNamespace

import pandas as pd
import pytest

from mpo_repro.config import load_study
from mpo_repro.report.documentation import costs


@pytest.fixture
def study():
    return load_study(costs.STUDIES / f"{costs.STUDY}.yaml")


def test_each_defect_stands_beside_the_arm_that_lacks_it_alone(study):
    found = dict(costs.pairs(study))
    assert found["jorldy-as-published"] == "jorldy"
    assert found["pooled-dual"] == "default"
    assert not {"default", "paper", "acme", "jorldy"} & set(found)
    assert set(found.values()) <= set(study.arms)


def test_without_results_nothing_is_said_to_be_measured(study, tmp_path):
    rows = costs.table_of_costs(tmp_path).splitlines()[2:]
    assert len(rows) == len(list(costs.pairs(study)))
    assert all(row.count(costs.NOT_YET) == len(study.tasks) for row in rows)


def test_medians_over_seeds_stand_beside_each_other(study, tmp_path, monkeypatch):
    task = study.tasks[0]
    scores = pd.DataFrame(
        [(task, "pooled-dual", seed, value) for seed, value in enumerate((3, 10, 90))]
        + [(task, "default", seed, value) for seed, value in enumerate((500, 502))],
        columns=["task", "arm", "seed", "score"],
    )
    results = SimpleNamespace(
        final_scores=lambda kind: scores,
        tasks=(task, "reacher-easy"),
        budget={task: 30000, "reacher-easy": 1000}.get,
    )
    monkeypatch.setattr(costs, "load", lambda folder: results)
    (tmp_path / "data").mkdir()
    rows = costs.table_of_costs(tmp_path).splitlines()
    assert rows[0].endswith(f"| `{task}`, 30,000 steps | `reacher-easy`, 1,000 steps |")
    (row,) = [row for row in rows if row.startswith("| `pooled-dual`")]
    assert row == (
        "| `pooled-dual` | `default` | 10 beside 501 (3 and 2 seeds) |"
        f" {costs.NOT_YET} |"
    )


def test_the_published_runs_fill_each_row():
    table = costs.table_of_costs()
    assert "seeds)" in table
    assert costs.NOT_YET not in table
