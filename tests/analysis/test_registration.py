"""The register: what enters it, and how runs' commits are compared with it."""

import json
import subprocess

import pytest

from mpo_repro.analysis import registration
from mpo_repro.config import ConfigError
from mpo_repro.config.claim import Claim

SAID = {"id": "C1", "title": "t", "words": "w", "source": "s", "not_testable": "no"}
OLD, NEW = Claim(**SAID), Claim(**SAID | {"words": "other"})
OTHER = Claim(**SAID | {"id": "C2"})


@pytest.fixture
def file(tmp_path):
    """The register of a project that has none yet."""
    folder = tmp_path / "paper_configs" / "claims"
    folder.mkdir(parents=True)
    return folder / registration.FILE


def entries(*claims, date="2026-01-01"):
    return {one.id: {"sha256": one.digest, "date": date} for one in claims}


def test_only_what_is_new_or_edited_gets_a_new_date(file):
    assert registration.register([OLD, OTHER], "2026-01-01", file) == ["C1", "C2"]
    assert registration.register([OLD, OTHER], "2026-01-02", file) == []
    edited = [NEW, OTHER]
    assert registration.register(edited, "2026-01-03", file, "too narrow") == ["C1"]
    found = registration.load(file)
    assert (found["C1"]["sha256"], found["C1"]["date"]) == (NEW.digest, "2026-01-03")
    assert found["C2"]["date"] == "2026-01-01"
    registration.register([OTHER], "2026-01-04", file)
    assert list(registration.load(file)) == ["C2"]


def test_a_superseded_version_stays_with_the_reason(file):
    third = NEW.model_copy(update={"words": "third"})
    for day, (claim, why) in enumerate(((OLD, ""), (NEW, "why"), (third, "again"))):
        registration.register([claim], f"2026-01-0{day + 1}", file, why)
    found = registration.judge(third, registration.load(file), (), lambda _: None)
    assert found.superseded == (
        {"sha256": OLD.digest, "date": "2026-01-01", "reason": "why"},
        {"sha256": NEW.digest, "date": "2026-01-02", "reason": "again"},
    )


def test_an_edit_without_a_reason_changes_nothing(file):
    registration.register([OLD], "2026-01-01", file)
    before = file.read_text()
    with pytest.raises(ConfigError, match="C1: given an edit; allowed: a --reason"):
        registration.register([NEW, OTHER], "2026-01-02", file)
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("now", "then", "state"),
    [
        (entries(NEW), entries(NEW), registration.BEFORE),
        (entries(NEW), {}, registration.AFTER),
        (entries(NEW), entries(OTHER), registration.AFTER),
        (entries(NEW), entries(OLD), registration.EDITED),
        (entries(NEW), None, registration.UNKNOWN),
        (entries(OLD), entries(OLD), registration.CHANGED),
        ({}, entries(NEW), registration.ABSENT),
    ],
)
def test_the_register_at_the_runs_commit_decides(now, then, state):
    found = registration.judge(NEW, now, ["abc"], {"abc": then}.get)
    assert found.state == state
    assert found.sound == (state == registration.BEFORE)
    unsure = (registration.BEFORE, registration.UNKNOWN)
    assert found.exploratory == (state not in unsure)


def test_one_late_run_is_enough_and_no_run_is_none():
    at = {"old": {}, "new": entries(NEW)}.get
    late = registration.judge(NEW, entries(NEW), ["new", "old"], at)
    assert late.state == registration.AFTER
    assert registration.judge(NEW, entries(NEW), [], at).state == registration.NO_RUNS
    unknown = registration.judge(NEW, entries(NEW), ["new", ""], at)
    assert unknown.state == registration.UNKNOWN


def git(root, *arguments):
    name = ("-c", "user.name=a", "-c", "user.email=a@b")
    command = ["git", "-C", str(root), *name, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_commits_are_read_from_git(file):
    root = file.parents[2]
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    first = git(root, "rev-parse", "HEAD")
    registration.register([NEW], "2026-01-01", file)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "second")
    at = registration.of_git(root)
    assert at(first) == {}
    assert at(git(root, "rev-parse", "HEAD")) == entries(NEW)
    assert at("0" * 40) is None


def test_a_damaged_register_is_refused(file):
    for text in ("{", "[]", json.dumps({"C1": {"date": "x"}})):
        file.write_text(text)
        with pytest.raises(ConfigError, match="no register"):
            registration.load(file)
