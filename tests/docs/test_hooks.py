"""The hooks before a commit: from the lock, without a network, and they can refuse."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from documents import ROOT
from pre_commit import clientlib

from mpo_repro.analysis.statistics import registry
from mpo_repro.report import speed
from mpo_repro.report.documentation import certificates, costs, settings

CONFIG = ROOT / ".pre-commit-config.yaml"
BIN = Path(sys.executable).parent
GOOD = {"a.py": "A = 1\n", "Snakefile": 'rule a:\n    output:\n        "a",\n'}
BAD = {"a.py": "import os\na=1\n", "Snakefile": "rule a:\n  output: 'a'\n"}


@pytest.fixture(scope="module")
def hooks():
    (repository,) = clientlib.load_config(CONFIG)["repos"]
    return {hook["id"]: hook for hook in repository["hooks"]}


def run(folder, home, skip=""):
    """Runs all hooks on all files, with nothing beyond this machine in reach."""
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    nowhere = {"https_proxy": "http://127.0.0.1:9", "PRE_COMMIT_HOME": str(home)}
    return subprocess.run(
        [BIN / "pre-commit", "run", "--all-files", "--color", "never"],
        cwd=folder,
        env=os.environ | nowhere | {"PATH": path, "SKIP": skip},
        capture_output=True,
        text=True,
    )


def outcomes(done) -> dict[str, str]:
    return dict(re.findall(r"^(\S.*?)\.{3,}(?:\(.*\))?(\w+)$", done.stdout, re.M))


def repository(folder, files):
    """A repository with some files, our hooks and our settings of ruff."""
    for name, text in files.items():
        (folder / name).write_text(text)
    for file in (CONFIG, ROOT / "pyproject.toml"):
        shutil.copy(file, folder)
    for words in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def test_each_calls_what_the_environment_has(hooks):
    told = yaml.safe_load(CONFIG.read_text("utf-8"))
    assert [one["repo"] for one in told["repos"]] == ["local"]
    assert {"ruff-check", "ruff-format", "snakefmt", "mypy"} < set(hooks)
    for hook in hooks.values():
        words = hook["entry"].split()
        assert hook["language"] in {"system", "unsupported"}
        assert shutil.which(words[0], path=BIN)
        assert all((ROOT / word).is_file() for word in words if word.endswith(".py"))


@pytest.mark.parametrize(("files", "outcome"), [(GOOD, "Passed"), (BAD, "Failed")])
def test_what_is_badly_formed_is_refused(files, outcome, tmp_path):
    (tmp_path / "work").mkdir()
    folder = repository(tmp_path / "work", files)
    done = run(folder, tmp_path / "home", "mypy,generated-pages")
    found = outcomes(done)
    names = ("ruff check", "ruff format", "snakefmt")
    assert {name: found.get(name) for name in names} == dict.fromkeys(names, outcome)
    assert (done.returncode == 0) == (outcome == "Passed")
    assert {name: (folder / name).read_text() for name in files} == files


def test_a_change_of_a_source_has_the_pages_checked(hooks):
    pattern = re.compile(hooks["generated-pages"]["files"])
    sources = [
        ROOT / "README.md",
        ROOT / "docs" / "method.md",
        ROOT / "mpo_repro" / "mpo" / "e_step.py",
        ROOT / "mpo_repro" / "config" / "algorithms.py",
        ROOT / speed.MEASURED,
        *map(Path, (registry.__file__, costs.__file__, speed.__file__)),
        *(certificates.PUBLISHED, certificates.ERRATA, settings.FILE),
        *(costs.FOLDER / "data" / "runs.parquet", costs.STUDIES / "smoke.yaml"),
    ]
    names = [file.relative_to(ROOT).as_posix() for file in sources]
    assert [name for name in names if not pattern.search(name)] == []


def test_a_change_of_what_is_typed_has_its_types_checked(hooks):
    pattern = re.compile(hooks["mypy"]["files"])
    settings_of = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    for path in map(Path, settings_of["mypy"]["files"]):
        name = path if path.suffix else path / "any.py"
        assert pattern.search(name.as_posix())


@pytest.mark.slow
def test_all_of_them_pass_here(hooks, tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("pre-commit asks git which files there are")
    done = run(ROOT, tmp_path)
    expected = dict.fromkeys((hook["name"] for hook in hooks.values()), "Passed")
    assert outcomes(done) == expected, done.stdout
    assert done.returncode == 0
