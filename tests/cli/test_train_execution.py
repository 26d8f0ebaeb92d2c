"""Execution paths on the command line: broken compilers, studies, resumed runs."""

import json
import os
import subprocess
import sys

import pytest

from mpo_repro.cli import app
from mpo_repro.kernels import compiler

QUICK = (
    "policy.hidden=[8]",
    "critic.hidden=[8]",
    "data.batch_states=12",
    "improvement.samples=3",
    "data.initial_steps=100",
    "data.steps_per_update=1",
)
BROKEN = "#!/bin/sh\necho 'x.cpp:1:1: fatal error: {}' >&2\nexit 1\n"
# It does for a line that is compiled to know, and not for what torch writes.
LATE = """\
#!/bin/sh
case "$*" in
  *torch*) echo 'x.cpp:1:1: fatal error: too late' >&2; exit 1;;
esac
exec "{}" "$@"
"""


@pytest.fixture
def command(project, capsys):
    """Runs a command in this process: exit code, lines on stdout and on stderr."""

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main([str(part) for part in given])
        told = capsys.readouterr()
        lines = told.out.splitlines(), told.err.splitlines()
        return end.value.code or 0, *lines

    return call


@pytest.fixture
def no_compiler(monkeypatch):
    monkeypatch.setattr(compiler, "_known", {})
    monkeypatch.setenv("CXX", "none++")


def arguments(out, steps, *more):
    """A run of as many updates as steps."""
    settings = [part for text in QUICK for part in ("--set", text)]
    fixed = ["train", "--task", "cartpole-swingup", "--recipe", "paper", *settings]
    evaluated = ["--evaluation-interval", "3000", "--evaluation-episodes", "1"]
    return [*fixed, "--steps", str(steps), *evaluated, "--out", str(out), *more]


def in_a_process(given, **variables):
    """Runs the command with other variables: exit code, stdout, lines of stderr."""
    words = [sys.executable, "-m", "mpo_repro", *given]
    known = {k: v for k, v in os.environ.items() if k != "CXX"}
    done = subprocess.run(words, capture_output=True, text=True, env=known | variables)
    return done.returncode, done.stdout, done.stderr.splitlines()


def about(folder):
    return json.loads((folder / "run.json").read_text())


def test_a_path_that_is_not_there_is_refused_and_nothing_made(
    command, no_compiler, tmp_path
):
    given = arguments(tmp_path / "run", 600, "--execution", "compiled")
    code, out, err = command(*given)
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith("--execution: given compiled; allowed: plain, on this")
    assert "there is no compiler none++" in err[0]
    assert not (tmp_path / "run").exists()


def test_a_study_s_path_is_taken_and_the_option_goes_before_it(
    command, no_compiler, project
):
    project.edit("studies/tiny.yaml", "steps: 3000", "steps: 200\nexecution: compiled")
    project.edit("studies/tiny.yaml", "interval: 1000", "interval: 200")
    given = "--study", "tiny", "--task", "reacher-easy"
    one = "train", *given, "--arm", "paper", "--seed", "7"
    both = "cohort", *given, "--run", "paper/0", "--run", "paper/7"
    for words in (one, both):
        code, out, err = command(*words)
        assert (code, out, len(err)) == (2, [], 1)
        assert err[0].startswith("study tiny: execution: given compiled; ")
    assert not list(project.root.glob("results/**/run.json"))
    code, _, err = command(*one, "--execution", "plain")
    assert code == 0, err
    project.edit("studies/tiny.yaml", "execution: compiled", "execution: plain")
    assert command(*both)[0] == 0
    made = [json.loads(p.read_text()) for p in project.root.glob("results/**/run.json")]
    assert [one["execution_path"] for one in made] == ["plain", "plain"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["none", "clang++", "broken", "late"])
def test_a_run_trains_whatever_the_compiler_is(tmp_path, kind):
    folder, real = tmp_path / "bin", compiler.shutil.which("g++")
    folder.mkdir()
    name = "g++" if kind in ("broken", "late") else kind
    if kind != "none":
        text = LATE.format(real) if kind == "late" else BROKEN.format("Python.h: gone")
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    path = str(folder)
    if kind == "late":
        path += os.pathsep + os.environ["PATH"]
    cache = str(tmp_path / "cache")
    given = arguments(tmp_path / "run", 3000)
    code, out, err = in_a_process(given, PATH=path, TORCHINDUCTOR_CACHE_DIR=cache)
    assert (code, out) == (0, f"finished: {tmp_path / 'run'}\n"), err
    explained = [line for line in err if "not compiled" in line]
    reasons = {
        "none": "there is no compiler g++",
        "clang++": "there is no compiler g++; set CXX to clang++",
        "broken": "g++ fails: Python.h: gone",
        "late": "torch cannot compile them: too late",
    }
    assert explained == [f"updates are not compiled: {reasons[kind]}"]
    assert not any("Traceback" in line for line in err)
    found = about(tmp_path / "run")
    assert (found["ended"], found["execution_path"]) == ("completed", "plain")


@pytest.mark.slow
def test_a_compiled_run_goes_on_where_the_compiler_is_gone(tmp_path):
    assert in_a_process(arguments(tmp_path / "run", 3000))[0] == 0
    assert about(tmp_path / "run")["execution_path"] == "compiled"
    given = arguments(tmp_path / "run", 3200)
    refused = in_a_process([*given, "--execution", "compiled"], CXX="none++")
    assert refused[0] == 2
    assert about(tmp_path / "run")["ended"] == "completed"
    code, _, err = in_a_process(given, CXX="none++")
    assert code == 0
    line = "plain from environment step 3,000 on, compiled before: "
    assert [text for text in err if "before" in text] == [
        f"{line}there is no compiler none++; set CXX to g++"
    ]
    (change,) = about(tmp_path / "run")["execution_changes"]
    assert (change["environment_steps"], change["to"]) == (3000, "plain")


@pytest.mark.slow
def test_the_progress_line_says_that_it_compiles(tmp_path):
    cache = str(tmp_path / "cache")
    given = arguments(tmp_path / "run", 300, "--execution", "compiled")
    code, _, err = in_a_process(given, TORCHINDUCTOR_CACHE_DIR=cache)
    assert code == 0
    compiling = [line for line in err if line.endswith("  compiling")]
    assert compiling == ["104/300 steps  compiling"]
