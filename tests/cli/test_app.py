"""The command line: what it lists, imports and refuses."""

import importlib
import os
import re
import shlex
import subprocess
import sys

import pytest
import typer

from mpo_repro.cli import app


def run(*arguments):
    """Runs `mpo-repro` in a process of its own."""
    command = [sys.executable, "-c", "from mpo_repro.cli.app import main; main()"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True)


def test_help_lists_every_command_and_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from mpo_repro.cli import app\n"
        "try: app.main(['--help'])\n"
        "except SystemExit as end: assert not end.code\n"
        "print('heavy:', *(sys.modules.keys() & {'torch', 'dm_control', 'pandas'}))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("heavy:")
    for name in app.command_names():
        assert name in done.stdout


def test_only_the_command_that_is_asked_for_is_imported():
    code = (
        "import sys\n"
        "from mpo_repro.cli import app\n"
        "try: app.main(['schema', '--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith('mpo_repro.cli.')"
        " and not m.startswith('mpo_repro.cli._')])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "['mpo_repro.cli.app', 'mpo_repro.cli.schema']" in done.stdout


@pytest.mark.parametrize("arguments", [["shcema"], ["schema", "--nope"], ["--nope"]])
def test_what_is_not_known_ends_with_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["study"]])
def test_half_a_command_is_answered_by_its_help_alone(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Usage: mpo-repro" in done.stdout
    assert done.stderr == ""


def test_a_wrong_study_ends_with_2_and_one_line(project):
    project.edit("studies/tiny.yaml", "seeds:", "sedes:")
    done = run("collect", "tiny")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "tiny.yaml: sedes: given an unknown key" in done.stderr


def test_every_command_has_a_function_and_a_help(capsys):
    for name in app.command_names():
        with pytest.raises(SystemExit) as end:
            app.main([name, "--help"])
        assert not end.value.code
        lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
        assert f"mpo-repro {name}" in lines[0]
        assert lines[1].strip(), "a docstring as help"


def parse(command, name, words):
    """Parses words as a command would, without calling it."""
    context = command.make_context(name, list(words))
    if isinstance(command, typer.core.TyperGroup):
        rest = [*context._protected_args, *context.args]
        parse(command.commands[rest[0]], rest[0], rest[1:])


@pytest.mark.parametrize("name", app.command_names())
def test_examples_are_command_lines_that_can_be_parsed(name):
    module = importlib.import_module(f"mpo_repro.cli.{name.replace('-', '_')}")
    command = typer.main.get_command(app.build([name]))
    assert module.EXAMPLES
    for line in module.EXAMPLES:
        assert len(line) <= 76, "a line of a terminal with 80 columns"
        program, *words = shlex.split(line)
        assert (program, words[0]) == ("mpo-repro", name)
        parse(command, program, words)


def every_command():
    """Lists what `--help` can be asked of: words after `mpo-repro`."""
    application = typer.main.get_command(app.build(app.command_names()))
    found = [()]
    for name, command in application.commands.items():
        inner = getattr(command, "commands", {})
        found += [(name,), *((name, one) for one in inner)]
    return found


def shown(monkeypatch, capsys, columns, *words):
    """The lines of a help on a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as end:
        app.main([*words, "--help"])
    assert not end.value.code
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_help_is_whole_and_no_wider_than_the_terminal(columns, monkeypatch, capsys):
    for words in every_command():
        lines = shown(monkeypatch, capsys, columns, *words)
        text = "\n".join(lines)
        assert max(map(len, lines)) <= columns, words
        listed = text.partition("ommands")[2]  # those of a group, with what they do
        assert "…" not in text and "..." not in listed, words
        assert "\x1b" not in text


def test_help_names_every_option_on_a_narrow_terminal(monkeypatch, capsys):
    wide, narrow = (
        set(re.findall(r"--[a-z-]+", " ".join(lines)))
        for lines in (
            shown(monkeypatch, capsys, 200, "train"),
            shown(monkeypatch, capsys, 60, "train"),
        )
    )
    assert "--evaluation-episodes" in wide
    assert narrow == wide


def test_help_shows_exit_codes(monkeypatch, capsys):
    for columns in (60, 80):
        lines = shown(monkeypatch, capsys, columns)
        assert "Exit codes:" in map(str.strip, lines)


def test_a_shell_completes_the_names_of_commands():
    wanted = {"_MPO_REPRO_COMPLETE": "complete_bash"}
    wanted |= {"COMP_WORDS": "mpo-repro sch", "COMP_CWORD": "1"}
    code = "from mpo_repro.cli.app import main; main([])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | wanted,
    )
    assert done.stdout.split() == ["schema"]
