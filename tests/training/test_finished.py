"""Finished runs: refused attempts, larger budgets, damaged files, older folders."""

import json
import signal

import pytest

from mpo_repro.runs import layout, marking, reading
from mpo_repro.training import checkpoint, cohort, process


def contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def damage(path):
    """Flips a bit in the middle of a file."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


@pytest.fixture
def evaluated(plan):
    """A run of two evaluations, so that every table has rows."""
    return plan(steps=240, interval=120)


def refuse(plan, folder, text):
    with pytest.raises(checkpoint.StaleCheckpointError, match=text):
        process.train(plan, folder)


def test_a_refused_attempt_changes_nothing_of_a_finished_run(evaluated, tmp_path):
    process.train(evaluated, tmp_path)
    for path in (tmp_path / "checkpoint").glob("state-*"):
        damage(path)
    before = contents(tmp_path)
    refuse(evaluated._replace(steps=480), tmp_path, "state-")
    assert contents(tmp_path) == before


def test_a_refused_attempt_changes_nothing_of_a_run_that_was_stopped(
    plan, train_until, tmp_path
):
    chosen = plan(steps=1000, interval=2000)
    train_until(chosen, tmp_path, 300, signal.SIGINT)
    for path in (tmp_path / "checkpoint").glob("state-*"):
        damage(path)
    before = contents(tmp_path)
    refuse(chosen, tmp_path, "state-")
    assert contents(tmp_path) == before


def test_a_larger_budget_leaves_the_smaller_one_finished_at_any_moment(
    evaluated, tmp_path, monkeypatch
):
    process.train(evaluated, tmp_path)
    monkeypatch.setattr(cohort, "CHECKPOINT_SECONDS", 0.0)
    small = layout.marker(tmp_path, 240)
    before, curve = small.read_bytes(), reading.read_table(tmp_path, "curve")
    seen = []

    def look(*_):
        assert reading.finished(tmp_path, 240).marker.verified
        assert not reading.finished(tmp_path, 480).marker
        assert reading.damage(tmp_path) == []
        seen.append(len(reading.read_table(tmp_path, "curve")))

    for name in ("write_tables", "provenance"):
        real = getattr(process.run_folder, name)
        monkeypatch.setattr(
            process.run_folder, name, lambda *a, real=real: (look(), real(*a))[1]
        )
    process.train(evaluated._replace(steps=480), tmp_path)
    assert len(seen) > 5
    assert seen[-1] > seen[0]
    assert small.read_bytes() == before
    assert reading.finished(tmp_path, 480).marker.steps == 480
    whole = reading.read_table(tmp_path, "curve")
    assert whole.iloc[: len(curve)].equals(curve)


def test_a_run_that_has_to_be_made_again_is_not_finished_meanwhile(evaluated, tmp_path):
    process.train(evaluated, tmp_path)
    (tmp_path / "checkpoint").rename(tmp_path / "lost")

    def stop(_):
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        process.train(evaluated._replace(steps=1000), tmp_path, stop)
    assert not layout.marker(tmp_path, 240).exists()
    assert reading.damage(tmp_path) == []
    process.train(evaluated, tmp_path)
    assert reading.finished(tmp_path, 240).marker.verified


@pytest.mark.parametrize("name", ["curve", "diagnostics", "timing"])
def test_a_damaged_table_is_made_again_from_the_checkpoint(
    evaluated, tmp_path, name, caplog
):
    process.train(evaluated, tmp_path)
    path = tmp_path / f"{name}.parquet"
    before = path.read_bytes()
    path.write_bytes(before[: len(before) // 2])
    assert process.train(evaluated, tmp_path) == layout.marker(tmp_path, 240)
    assert path.read_bytes() == before
    assert f"{name}.parquet" in caplog.text
    path.unlink()
    (tmp_path / "checkpoint").rename(tmp_path / "lost")
    refuse(evaluated, tmp_path, f"{name}.parquet, and there is no checkpoint")


def test_a_damaged_marker_is_written_again(evaluated, tmp_path):
    marker = process.train(evaluated, tmp_path)
    before = marker.read_bytes()
    damage(marker)
    process.train(evaluated, tmp_path)
    assert marker.read_bytes() == before


def test_a_damaged_run_json_is_refused_with_one_line(evaluated, tmp_path):
    process.train(evaluated, tmp_path)
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace('"seed": 3', '"seed": 4'))
    before = contents(tmp_path)
    refuse(evaluated, tmp_path, "run.json does not match its checksum")
    assert contents(tmp_path) == before


def test_a_run_without_checksums_goes_on(evaluated, tmp_path):
    marker = process.train(evaluated, tmp_path)
    about = json.loads(marker.read_text())
    older = {key: about[key] for key in ("steps", "hash", "seed", "finished")}
    marker.write_text(json.dumps(older))
    about = json.loads((tmp_path / "run.json").read_text())
    known = {k: v for k, v in about.items() if k not in ("format", "sha256")}
    (tmp_path / "run.json").write_text(json.dumps(known))
    assert not reading.is_verified(tmp_path)
    assert process.train(evaluated, tmp_path) == marker
    process.train(evaluated._replace(steps=480), tmp_path)
    assert json.loads(marker.read_text()) == older
    assert reading.is_verified(tmp_path)
    assert marking.choose(marking.sound_markers(tmp_path)[0], 240).steps == 480
