"""Checkpoints: what a crash leaves, and what is refused."""

import json

import pytest
import torch

from mpo_repro.training import checkpoint
from mpo_repro.training.checkpoint import Checkpoint, StaleCheckpointError
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
    """Saves as a process does that has gone on from what the folder holds."""
    kept = Checkpoint(folder, configuration)
    kept.load(Replay(1, 2, 2 * replay.capacity, WIDTHS))
    tensors = {"policy": torch.full((4,), number)}
    kept.save(tensors, {"n": number}, replay)


def load(folder, size=2000):
    replay = Replay(1, 2, size, WIDTHS)
    tensors, facts = Checkpoint(folder, OWN).load(replay)
    return tensors, facts, replay


def same_rows(replay, other):
    assert replay.written == other.written
    batches = [r.sample([0], 1, 400, 2) for r in (replay, other)]
    return all(torch.equal(a, b) for a, b in zip(*batches, strict=True))


def segments(folder):
    return sorted(path.name for path in folder.glob("replay-*.bin"))


def states(folder):
    return sorted(path.name for path in folder.glob("state-*.safetensors"))


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


def test_there_may_be_none(tmp_path):
    assert Checkpoint(tmp_path, OWN).load() is None
    assert Checkpoint(tmp_path / "nowhere", OWN).load() is None


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
    assert states(tmp_path) == ["state-2.safetensors", "state-3.safetensors"]
    assert (tmp_path / segments(tmp_path)[0]).stat().st_mtime_ns == first


@pytest.mark.parametrize("steps", [[7, 7, 7, 7], [25], [4, 30, 3], [10, 10, 1]])
def test_a_ring_that_wraps_keeps_only_segments_in_use(tmp_path, steps):
    replay, before = Replay(1, 2, 20, WIDTHS), []  # 10 rows
    for count in steps:
        save(tmp_path, grown(replay, count))
        _, facts, found = load(tmp_path, 20)
        assert same_rows(found, replay)
        own = [s["name"] for s in facts["segments"]]
        assert segments(tmp_path) == sorted({*own, *before})
        assert all(s["end"] > replay.written - 10 for s in facts["segments"])
        assert all(s["end"] - s["first"] <= 10 for s in facts["segments"])
        before = own


@pytest.mark.parametrize("place", ["_append_segments", "write_state", "_forget_others"])
def test_a_crash_within_saving_leaves_a_whole_checkpoint(tmp_path, monkeypatch, place):
    replay = grown(Replay(1, 2, 2000, WIDTHS), 30)
    save(tmp_path, replay, 1.0)
    owner = checkpoint if place == "write_state" else Checkpoint
    real = getattr(owner, place)

    def crash(*arguments):
        if place == "_append_segments":  # its file is there, nobody names it
            real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, place, crash)
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
    assert left == {*states(tmp_path), *segments(tmp_path)}
    assert len(states(tmp_path)) == 2


def test_what_does_not_read_back_never_becomes_the_checkpoint(tmp_path, monkeypatch):
    save(tmp_path, grown(Replay(1, 2, 2000, WIDTHS), 30), 1.0)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    real = checkpoint.save_file

    def tear(tensors, path, metadata):
        real(tensors, path, metadata)
        path.write_bytes(flipped(path.read_bytes(), -1))

    monkeypatch.setattr(checkpoint, "save_file", tear)
    with pytest.raises(OSError, match="state-2.safetensors does not read back"):
        save(tmp_path, grown(Replay(1, 2, 2000, WIDTHS), 30), 2.0)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_segments_of_a_state_that_was_removed_are_not_taken_over(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 2000, WIDTHS), 30), configuration="other/seed-0")
    (tmp_path / "state-1.safetensors").unlink()
    replay = grown(Replay(1, 2, 2000, WIDTHS), 40)
    replay.rows.mul_(-1)
    save(tmp_path, replay)
    assert segments(tmp_path) == ["replay-0-40.bin"]
    assert same_rows(load(tmp_path)[2], replay)


def test_another_configurations_checkpoint_is_refused(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5), configuration="ffff/seed-1")
    with pytest.raises(StaleCheckpointError, match="ffff/seed-1, not 0123456789ab"):
        load(tmp_path)


def test_another_versions_checkpoint_is_refused(tmp_path, monkeypatch):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5))
    monkeypatch.setattr(checkpoint, "FORMAT", checkpoint.FORMAT + 1)
    with pytest.raises(StaleCheckpointError, match="another version"):
        load(tmp_path)
    monkeypatch.undo()
    (tmp_path / "state-1.safetensors").rename(tmp_path / "state.safetensors")
    with pytest.raises(StaleCheckpointError, match="another version"):
        load(tmp_path)


@pytest.fixture
def two(tmp_path):
    """A folder with two checkpoints, of 30 rows and of 50."""
    replay = grown(Replay(1, 2, 2000, WIDTHS), 30)
    save(tmp_path, replay, 1.0)
    save(tmp_path, grown(replay, 20), 2.0)
    return tmp_path


@pytest.mark.parametrize("name", ["state-2.safetensors", "replay-30-50.bin"])
@pytest.mark.parametrize("damage", ["missing", "empty", "torn", "nonsense", "flipped"])
def test_the_checkpoint_before_stands_in_for_a_damaged_one(two, name, damage, caplog):
    path = two / name
    content = path.read_bytes()
    damaged = {"empty": b"", "torn": content[:-4], "nonsense": b"nonsense" * 10}
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(damaged.get(damage, flipped(content, -1)))
    _, facts, found = load(two)
    assert (facts["n"], found.written) == (1.0, 30)
    if (name, damage) != ("state-2.safetensors", "missing"):
        (line,) = caplog.messages
        assert str(path) in line
        assert "going on from state-1.safetensors" in line
    # The run comes by here again, and its checkpoint is whole.
    save(two, grown(found, 20), 2.0)
    assert load(two)[1]["n"] == 2.0
    assert len(states(two)) == 2


@pytest.mark.parametrize("name", ["state-*.safetensors", "replay-0-30.bin"])
def test_if_all_is_damaged_nothing_starts_from_scratch(two, name):
    for path in two.glob(name):
        path.write_bytes(flipped(path.read_bytes(), -1))
    with pytest.raises(StaleCheckpointError) as refused:
        load(two)
    assert "\n" not in str(refused.value)
    assert str(refused.value).count(name.partition("*")[0]) == 2


def test_no_flipped_bit_goes_unnoticed(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5), 1.0)
    path = tmp_path / "state-1.safetensors"
    content = path.read_bytes()
    whole, _ = checkpoint.read_state(path)
    for place in range(len(content)):
        path.write_bytes(flipped(content, place))
        try:
            tensors, facts = checkpoint.read_state(path)
        except checkpoint.DamagedError as error:
            assert str(path) in str(error)
        else:  # the blanks between header and tensors say nothing
            assert content[place : place + 1] == b" "
            assert torch.equal(tensors["policy"], whole["policy"])
            assert facts["n"] == 1.0


def test_a_changed_counter_is_noticed(tmp_path):
    save(tmp_path, grown(Replay(1, 2, 20, WIDTHS), 5), 1.0)
    path = tmp_path / "state-1.safetensors"
    content = path.read_bytes()
    changed = content.replace(json.dumps(1.0).encode(), b"7.0", 1)
    assert changed != content
    path.write_bytes(changed)
    with pytest.raises(StaleCheckpointError, match="checksum"):
        load(tmp_path)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    checkpoint.save_file({"policy": torch.zeros(1)}, tmp_path / "state-1.safetensors")
    with pytest.raises(StaleCheckpointError):
        load(tmp_path)
