"""Bad input: one line that says where and what, exit code 2, nothing written."""

import contextlib
import io
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import bad_configs
import pytest
import yaml
from bad_commands import LINES, READERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpo_repro.cli import app
from mpo_repro.config import ConfigError, load_recipe, load_study

PAPER = Path(__file__).parents[2] / "paper_configs" / "recipes" / "paper.yaml"
RECIPE = yaml.safe_load(PAPER.read_text(encoding="utf-8"))
KINDS = {"studies": (load_study, bad_configs.STUDY), "recipes": (load_recipe, RECIPE)}
FILES = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), bad_configs.files(KINDS[kind][1]))
)

SECONDS = 2.0  # until a command has refused


def many(number):
    """As many examples, in one folder, however slow the machine is."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=number, deadline=None, suppress_health_check=checks)


def write(project, kind, content):
    path = project.root / "paper_configs" / kind / "bad.yaml"
    content = content if isinstance(content, bytes) else content.encode("utf-8")
    path.write_bytes(content)
    return path


def check_line(text):
    assert len(text.splitlines()) == 1, text
    assert len(text) < 1000
    assert text.isprintable(), repr(text)


def refusal(project, kind, content):
    """Loads a file; gives the error, None if it is a sound one."""
    path = write(project, kind, content)
    try:
        KINDS[kind][0](path)
    except ConfigError as error:
        check_line(str(error))
        known = (str(path), "study ", "paper_configs/")
        assert error.file.startswith(known)
        assert error.given
        assert error.allowed
        return error
    return None


@many(500)
@given(FILES)
def test_a_file_loads_or_is_refused_in_a_line(project, file):
    refusal(project, *file)


@pytest.mark.slow
@many(10_000)
@given(FILES)
def test_ten_thousand_files_load_or_are_refused_in_a_line(project, file):
    refusal(project, *file)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", bad_configs.BOMBS)
def test_a_bomb_is_refused(project, kind, name):
    assert refusal(project, kind, bad_configs.BOMBS[name])


@pytest.mark.parametrize("length", [1, 2, 30])
def test_a_circle_of_recipes_is_refused(project, length):
    for number in range(length):
        following = f"extends: r{(number + 1) % length}\n"
        project.write(f"recipes/r{number}.yaml", following)
    assert "does not lead back" in str(refusal(project, "recipes", "extends: r0\n"))


@pytest.mark.parametrize("name", bad_configs.TRAPS)
def test_a_name_is_no_way_out_of_its_folder(project, name):
    study = bad_configs.STUDY
    for wrong in (
        study | {"name": name},
        study | {"tasks": [name]},
        study | {"arms": {name: study["arms"]["a"]}},
        study | {"arms": {"a": study["arms"]["a"] | {"recipe": name}}},
    ):
        assert refusal(project, "studies", yaml.safe_dump(wrong))
    assert refusal(project, "recipes", yaml.safe_dump({"extends": name}))
    for load in (load_study, load_recipe):
        with pytest.raises(ConfigError) as refused:
            load(name)
        check_line(str(refused.value))


def call(line):
    """Runs a command in this process: exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            app.main(line)
        except SystemExit as end:
            return end.code, out.getvalue(), err.getvalue()
    raise AssertionError("main returned")


def check_command(project, line):
    before = sorted(project.root.rglob("*"))
    code, out, err = call(line)
    assert (code, out) == (2, ""), err
    check_line(err.removesuffix("\n"))
    assert sorted(project.root.rglob("*")) == before


@many(50)
@given(LINES)
def test_a_wrong_command_line_is_refused_in_a_line(project, line):
    check_command(project, line)


@pytest.mark.slow
@many(1_000)
@given(LINES)
def test_a_thousand_wrong_command_lines_are_refused_in_a_line(project, line):
    check_command(project, line)


def in_a_process(*line):
    """Runs a command in a process of its own; gives it and its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "from mpo_repro.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, line)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    check_line(done.stderr.removesuffix("\n"))
    return seconds


@pytest.mark.slow
def test_through_the_command_line_a_file_is_refused_as_well(project, record_property):
    """Two hundred files, each with a process of its own."""
    seconds = []

    @settings(max_examples=250, deadline=None)
    @given(bad_configs.files(bad_configs.STUDY))
    def each(content):
        if refusal(project, "studies", content) is None:
            return
        path = project.root / "paper_configs" / "studies" / "bad.yaml"
        before = sorted(project.root.rglob("*"))
        seconds.append(in_a_process("collect", path))
        assert sorted(project.root.rglob("*")) == before

    each()
    assert len(seconds) >= 200
    record_property(
        "table",
        f"{len(seconds)} files refused; processor seconds each: median "
        f"{median(seconds):.2f}, at most {max(seconds):.2f}",
    )
    # Others may be busy: what one waits for on a quiet machine is what it computes.
    assert max(seconds) < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_what_is_not_there_is_said_before_anything_heavy_is_loaded(project, command):
    assert in_a_process(*command, "nowhere") < SECONDS
