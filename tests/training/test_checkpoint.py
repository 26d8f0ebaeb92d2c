"""Checkpoints: what a crash leaves, and what is refused."""

import json

import pytest
import torch

from mpo_repro.training import checkpoint
from mpo_repro.training.checkpoint import StaleCheckpointError
from mpo_repro.training.replay import Replay

WIDTHS = 3, 2
OWN = "0123456789ab/seed-0"


def grown(replay, rows):
    """Adds rows of which each number says how many were before it."""
    for _ in range(rows):
        number = float(replay.written)
        wide = [torch.full((1, 2, width), number) for width in (3, 2, 2)]
        replay.add(*wide, *[torch.full((1, 2), number)] * 4)
    return replay


def save(folder, replay, number=0.0, configuration=OWN):
    tensors = {"policy": torch.full((4,), number)}
    checkpoint.save(folder, tensors, {"hash": configuration, "n": number}, replay)


def load(folder, size=2000):
    tensors, facts = checkpoint.load(folder, OWN)
    replay = Replay(1, 2, size, WIDTHS)
    checkpoint.load_replay(folder, facts["segments"], replay)
    return tensors, facts, replay


def same_rows(replay, other):
    assert replay.written == other.written
    batches = [r.sample([0], 1, 400, 2) for r in (replay, other)]
    return all(torch.equal(a, b) for a, b in zip(*batches, strict=True))


def segments(folder):
    return sorted(path.name for path in folder.glob("replay-*.bin"))


def test_there_may_be_none(tmp_path):
    assert checkpoint.load(tmp_path, OWN) is None


def test_it_gives_back_what_was_saved_and_writes_only_what_is_new(tmp_path):
    replay = grown(Replay(1, 2, 2000, WIDTHS), 30)
    save(tmp_path, replay, 1.0)
    first = (tmp_path / segments(tmp_path)[0]).stat().st_mtime_ns
    save(tmp_path, grown(replay, 20), 2.0)
    save(tmp_path, replay, 3.0)  # nothing new
    tensors, facts, found = load(tmp_path)
    assert torch.equal(tensors["policy"], torch.full((4,), 3.0))
    assert facts["n"] == 3.0
    assert same_rows(found, replay)
    assert segments(tmp_path) == ["replay-0-30.bin", "replay-30-50.bin"]
    assert (tmp_path / segments(tmp_path)[0]).stat().st_mtime_ns == first


@pytest.mark.parametrize("steps", [[7, 7, 7, 7], [25], [4, 30, 3], [10, 10, 1]])
def test_a_ring_that_wraps_keeps_only_segments_in_use(tmp_path, steps):
    replay = Replay(1, 2, 20, WIDTHS)  # 10 rows
    for count in steps:
        save(tmp_path, grown(replay, count))
        _, facts, found = load(tmp_path, 20)
        assert same_rows(found, replay)
        assert segments(tmp_path) == sorted(s["name"] for s in facts["segments"])
        assert all(s["end"] > replay.written - 10 for s in facts["segments"])
        assert all(s["end"] - s["first"] <= 10 for s in facts["segments"])


@pytest.mark.parametrize("place", ["_append_segments", "save_file", "_forget_others"])
def test_a_crash_within_saving_leaves_a_whole_checkpoint(tmp_path, monkeypatch, place):
    replay = grown(Replay(1, 2, 2000, WIDTHS), 30)
    save(tmp_path, replay, 1.0)
    real = getattr(checkpoint, place)

    def crash(*arguments):
        if place == "_append_segments":  # its file is there, nobody names it
            real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, place, crash)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, grown(replay, 5), 2.0)
    monkeypatch.undo()
    saved = 2.0 if place == "_forget_others" else 1.0
    _, facts, found = load(tmp_path)
    assert (facts["n"], found.written) == (saved, 35 if saved == 2.0 else 30)
    # The resumed run goes its own way from there, and saves again.
    save(tmp_path, grown(found, 12), 3.0)
    assert same_rows(load(tmp_path)[2], grown(replay, found.written - 35))
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"state.safetensors", *segments(tmp_path)}


def test_segments_of_a_state_that_was_removed_are_not_taken_over(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 2000, WIDTHS), 30), configuration="other/seed-0")
    (tmp_path / "state.safetensors").unlink()
    replay = grown(Replay(1, 2, 2000, WIDTHS), 40)
    replay.rows.mul_(-1)
    save(tmp_path, replay)
    assert segments(tmp_path) == ["replay-0-40.bin"]
    assert same_rows(load(tmp_path)[2], replay)


def test_another_configurations_checkpoint_is_refused(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5), configuration="ffff/seed-1")
    with pytest.raises(StaleCheckpointError, match="ffff/seed-1, not 0123456789ab"):
        checkpoint.load(tmp_path, OWN)


def test_a_damaged_state_is_refused(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5), 1.0)
    path = tmp_path / "state.safetensors"
    content = path.read_bytes()
    for damaged in (content[:-3], b"", b"nonsense" * 10, content[:-1] + b"\xff"):
        path.write_bytes(damaged)
        with pytest.raises(StaleCheckpointError, match="state.safetensors"):
            checkpoint.load(tmp_path, OWN)


def test_a_changed_counter_is_noticed(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5), 1.0)
    path = tmp_path / "state.safetensors"
    content = path.read_bytes()
    changed = content.replace(json.dumps(1.0).encode(), b"7.0", 1)
    assert changed != content
    path.write_bytes(changed)
    with pytest.raises(StaleCheckpointError, match="checksum"):
        checkpoint.load(tmp_path, OWN)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    checkpoint.save_file({"policy": torch.zeros(1)}, tmp_path / "state.safetensors")
    with pytest.raises(StaleCheckpointError):
        checkpoint.load(tmp_path, OWN)


@pytest.mark.parametrize("damage", ["missing", "short", "flipped"])
def test_a_damaged_segment_is_refused(tmp_path, damage):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5))
    (path,) = tmp_path.glob("replay-*.bin")
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-4] if damage == "short" else content[:-1] + b"\x01")
    with pytest.raises(StaleCheckpointError, match="replay-0-5.bin"):
        load(tmp_path, 20)
