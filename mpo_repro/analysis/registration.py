"""Which claims were fixed before their runs, by hash, date and commit.

`paper_configs/claims/registered.json` is committed before training; every run names
the commit that trained it. A claim was fixed before a run exactly if that commit's
copy of the file has the claim's present hash, whatever any clock says. A claim that
was not counts as exploratory. Versions that an edit superseded stay in the register,
with the reason of the edit.
"""

import json
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from mpo_repro.config.claim import FOLDER, Claim
from mpo_repro.config.errors import ConfigError
from mpo_repro.config.files import configs
from mpo_repro.config.whole import write_text

FILE = "registered.json"
BEFORE = "registered before its runs"
AFTER = "registered after its runs began"
EDITED = "edited after its runs began"
CHANGED = "edited since it was registered"
ABSENT = "not registered"
UNKNOWN = "registered; its runs name no commit to compare with"
NO_RUNS = "registered"

LATE = (AFTER, EDITED, CHANGED, ABSENT)

Register = dict[str, dict]
AtCommit = Callable[[str], Register | None]


@dataclass(frozen=True)
class Registration:
    """What is known about when a claim was fixed.

    Attributes:
      sha256: of the claim as it is now.
      date: of its registration, YYYY-MM-DD; empty if there is none.
      state: one of this module's constants.
      superseded: the versions before, oldest first: sha256, date, and the reason why
        another took its place.
    """

    sha256: str
    date: str
    state: str
    superseded: tuple[dict[str, str], ...] = ()

    @property
    def exploratory(self) -> bool:
        """Whether the claim may have been made to fit the runs that it is judged by."""
        return self.state in LATE

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against it having been fixed before its runs."""
        return self.state in (BEFORE, NO_RUNS)


def path() -> Path:
    """Says where the register lies."""
    return configs() / FOLDER / FILE


def load(file: Path | None = None) -> Register:
    """Reads the register; empty if there is none yet.

    Raises:
      ConfigError: if the file is no register.
    """
    file = file or path()
    if not file.is_file():
        return {}
    found = _parse(file.read_text("utf-8"))
    if found is None:
        raise ConfigError(
            file, "", "no register", "what mpo-repro claims register wrote"
        )
    return found


def register(
    claims: Iterable[Claim], date: str, file: Path | None = None, reason: str = ""
) -> list[str]:
    """Writes the hash and date of claims that are new or were edited.

    Args:
      claims: all claims; ids that are no longer among them are dropped.
      date: of today, YYYY-MM-DD.
      file: the register; that of paper_configs if None.
      reason: why claims were edited that had been registered before.

    Returns:
      The ids whose entry is new.

    Raises:
      ConfigError: if a registered claim was edited and there is no reason.
    """
    before, entries = load(file), {}
    for claim in claims:
        entries[claim.id] = _entry(claim, before.get(claim.id), date, reason)
    new = [name for name, entry in entries.items() if before.get(name) != entry]
    edited = [name for name in new if name in before]
    if edited and not reason:
        hint = "a --reason, which stays beside the version that it supersedes"
        raise ConfigError(file or path(), ", ".join(edited), "an edit", hint)
    write_text(file or path(), json.dumps(entries, indent=1) + "\n")
    return new


def _entry(claim: Claim, old: dict | None, date: str, reason: str) -> dict:
    if old and old["sha256"] == claim.digest:
        return old
    entry = {"sha256": claim.digest, "date": date}
    if old:
        last = {"sha256": old["sha256"], "date": old["date"], "reason": reason}
        entry["superseded"] = [*old.get("superseded", []), last]
    return entry


def judge(
    claim: Claim, current: Register, commits: Iterable[str], at: AtCommit
) -> Registration:
    """Compares a claim with the register now and at the commits of its runs.

    Args:
      claim: as it is now.
      current: the register now.
      commits: those of the finished runs that it rests on; an empty text is unknown.
      at: gives the register of a commit; see `of_git`.
    """
    entry = current.get(claim.id, {})
    states = {_state(claim, commit, at) for commit in commits}
    if not entry:
        state = ABSENT
    elif entry["sha256"] != claim.digest:
        state = CHANGED
    else:
        worst = (EDITED, AFTER, UNKNOWN, BEFORE)
        state = next((name for name in worst if name in states), NO_RUNS)
    former = tuple(entry.get("superseded", ()))
    return Registration(claim.digest, entry.get("date", ""), state, former)


def _state(claim: Claim, commit: str, at: AtCommit) -> str:
    then = at(commit) if commit else None
    if then is None:
        return UNKNOWN
    if claim.id not in then:
        return AFTER
    return BEFORE if then[claim.id].get("sha256") == claim.digest else EDITED


def of_git(root: Path) -> AtCommit:
    """Gives the reader of a repository's register.

    Args:
      root: the folder that holds paper_configs.

    Returns:
      Commit -> its register; empty where that commit had none, None where the commit
      is not known here.
    """
    known: dict[str, Register | None] = {}

    def at(commit: str) -> Register | None:
        if commit not in known:
            known[commit] = _show(root, commit)
        return known[commit]

    return at


def _show(root: Path, commit: str) -> Register | None:
    if _git(root, "cat-file", "-e", f"{commit}^{{commit}}") is None:
        return None
    text = _git(root, "show", f"{commit}:./paper_configs/{FOLDER}/{FILE}")
    return {} if text is None else _parse(text)


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def _parse(text: str) -> Register | None:
    """Reads a register's text; None if it is none."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    whole = isinstance(found, dict) and all(
        isinstance(entry, dict) and {"sha256", "date"} <= entry.keys()
        for entry in found.values()
    )
    return found if whole else None
