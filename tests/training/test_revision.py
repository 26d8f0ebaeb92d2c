"""The commit that a run names, and the hash of what was not committed."""

import subprocess

import pytest

from mpo_repro.training import revision


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    command += ["-C", str(folder), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    """A repository with a package, its settings and a text beside them."""
    for name in ("package/__init__.py", "paper_configs/a.yaml", "README.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("one\n")
    (tmp_path / ".gitignore").write_text("*.log\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def code(root):
    return revision.look_up(root / "package")


def test_a_clean_checkout_names_its_commit_and_no_changes(checkout):
    assert code(checkout) == (git(checkout, "rev-parse", "HEAD"), None)


@pytest.mark.parametrize("name", ["package/__init__.py", "paper_configs/a.yaml"])
@pytest.mark.parametrize("staged", [False, True])
def test_a_change_has_a_hash_of_its_own(checkout, name, staged):
    found = []
    for text in ("two\n", "three\n"):
        (checkout / name).write_text(text)
        if staged:
            git(checkout, "add", ".")
        found.append(code(checkout).changes)
    assert len({*found, None}) == 3
    (checkout / name).write_text("one\n")
    if staged:
        git(checkout, "add", ".")
    assert code(checkout).changes is None


@pytest.mark.parametrize(
    "name", ["package/new.py", "paper_configs/new.yaml", "package/ä ö.py"]
)
def test_a_new_file_counts_with_name_and_content(checkout, name):
    found = [None]
    for path, text in ((name, ""), (name, "x"), (f"{name}x", "x")):
        (checkout / path).write_text(text)
        found.append(code(checkout).changes)
        (checkout / path).unlink()
    assert len(set(found)) == 4


@pytest.mark.parametrize("name", ["README.md", "notes.txt", "package/train.log"])
def test_what_enters_no_run_does_not_count(checkout, name):
    (checkout / name).write_text("other\n")
    assert code(checkout).changes is None


def test_installed_in_another_project_nothing_is_named(checkout):
    (checkout / ".gitignore").write_text(".venv/\n")
    installed = checkout / ".venv" / "package"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("")
    assert revision.look_up(installed) == (None, None)
    (checkout / ".gitignore").write_text("")  # not ignored, and not tracked
    assert revision.look_up(installed) == (None, None)


def test_outside_any_repository_nothing_is_named(tmp_path):
    (tmp_path / "__init__.py").write_text("")
    assert revision.look_up(tmp_path) == (None, None)
