"""A thousand run folders, three of them damaged: those are named, the rest is read."""

import os
import shutil
import time

import pandas as pd
import pytest

from mpo_repro.analysis.collect import collect

SEEDS = 500  # of two arms
SECONDS = 60.0  # of the processor, to gather them


def copied(make, root, study):
    """Leaves a finished folder of each run, made from one of each arm."""
    first = {}
    for run in study.runs():
        if run.arm not in first:
            first[run.arm] = make.write_run(root, run, interval=25_000)
            continue
        folder = root / run.folder
        shutil.copytree(first[run.arm], folder, copy_function=os.link)
        about = folder / "run.json"
        text = about.read_text().replace('"seed": 0', f'"seed": {run.seed}')
        about.unlink()
        about.write_text(text)


def damage(folder, name, content):
    path = folder / name
    path.unlink()
    path.write_bytes(content)


@pytest.mark.slow
def test_three_of_a_thousand_are_damaged(tmp_path, monkeypatch, make, record_property):
    monkeypatch.chdir(tmp_path)
    study = make.write_study(tmp_path, seeds=list(range(SEEDS)), tasks=["walker-run"])
    copied(make, tmp_path, study)
    runs = {(run.arm, run.seed): tmp_path / run.folder for run in study.runs()}
    assert len(runs) == 1000
    curve = (runs["wide", 7] / "curve.parquet").read_bytes()
    damage(runs["wide", 7], "curve.parquet", curve[: len(curve) // 2])
    damage(runs["reference", 100], "run.json", b'{"task": "walk')
    damage(runs["reference", 499], "diagnostics.parquet", b"\x00" * 1000)
    start = time.process_time()
    found = collect(study, tmp_path / "results" / "made", tmp_path)
    seconds = time.process_time() - start
    named = found.unusable[["arm", "seed", "state"]].itertuples(index=False, name=None)
    assert set(named) == {
        ("wide", 7, "broken"),
        ("reference", 100, "broken"),
        ("reference", 499, "broken"),
    }
    assert found.finished == 997
    for reason in found.unusable["reason"]:
        assert len(reason.splitlines()) == 1
    curves = pd.read_parquet(tmp_path / "results/made/data/curves.parquet")
    assert len(curves.groupby(["arm", "seed"], observed=True)) == 997
    record_property("table", f"1,000 folders gathered in {seconds:.1f} s")
    assert seconds < SECONDS


MARKER = "steps-100000.done.json"
DAMAGES = {
    "marker is a list": (MARKER, b"[]"),
    "marker is a text": (MARKER, b'"x"'),
    "marker is torn": (MARKER, b'{"fin'),
    "run.json is a list": ("run.json", b"[]"),
    "run.json is nested": ("run.json", b"[" * 100_000),
    "run.json is not text": ("run.json", b"\xff\xfe"),
    "curve is empty": ("curve.parquet", b""),
    "curve is no parquet": ("curve.parquet", b"PAR1" + b"\x07" * 500 + b"PAR1"),
    "timing is json": ("timing.parquet", b"{}"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_whatever_is_damaged_is_said_of_that_run(tmp_path, monkeypatch, make, name):
    monkeypatch.chdir(tmp_path)
    study = make.write_study(tmp_path, seeds=[0, 1], tasks=["walker-run"])
    for run in study.runs():
        make.write_run(tmp_path, run, interval=25_000)
    hurt = study.runs()[1]
    file, content = DAMAGES[name]
    (tmp_path / hurt.folder / file).write_bytes(content)
    found = collect(study, tmp_path / "results" / "made", tmp_path)
    (row,) = found.unusable.itertuples()
    assert (row.arm, row.seed) == (hurt.arm, hurt.seed)
    assert row.state in ("broken", "unfinished")
    assert row.reason
    assert found.finished == 3


@pytest.mark.parametrize("key", ["versions", "machine", "recipe", "reason", "ended"])
@pytest.mark.parametrize("value", ['"x"', "7", "[1]", "null", "{}"])
def test_strange_values_in_run_json_do_not_stop_the_rest(
    tmp_path, monkeypatch, make, key, value
):
    monkeypatch.chdir(tmp_path)
    study = make.write_study(tmp_path, seeds=[0], tasks=["walker-run"])
    for run in study.runs():
        make.write_run(tmp_path, run, interval=50_000)
    path = tmp_path / study.runs()[0].folder / "run.json"
    text = path.read_text()
    assert f'"{key}": ' in text
    path.write_text(text[:-1] + f', "{key}": {value}}}')  # the last one counts
    found = collect(study, tmp_path / "results" / "made", tmp_path)
    sound = key in ("reason", "ended") or value in ("null", "{}")
    assert found.finished == (2 if sound else 1)
