"""The command `mpo-repro` and what it promises of exit codes.

A command is a file beside this one: `mpo_repro/cli/collect.py` with a function
`collect` is `mpo-repro collect`, and the function's docstring is its help; with a
`typer.Typer` of that name it is a group, `mpo-repro study list`. EXAMPLES are lines as
they are typed; `--help` shows them. Only the file of the command that is asked for is
imported, or all of them for `--help`; so these files import what is heavy (torch,
dm_control, pandas) inside their functions.
"""

import errno
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable
from shutil import get_terminal_size
from types import ModuleType

import typer

from mpo_repro import cli
from mpo_repro.config import ConfigError
from mpo_repro.config.errors import shorten

FAILED, REFUSED = 1, 2
PANELS = 80  # columns that framed help needs
# A disk's reasons to refuse a write; other errors are ours and keep their traceback.
DISK = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
}
# Of all that is wrong with a command line; typer exports only what derives from it.
UsageError = typer.BadParameter.__base__
# Blank lines, because a help joins lines that follow each other.
EXIT_CODES = "\n\n".join(
    (
        "Exit codes:",
        "0 done; 1 failed; 2 refused: a wrong option, file or name;",
        "130 interrupted, state saved.",
        "NO_COLOR=1 leaves out colours; what is no terminal is given plain lines.",
    )
)


def command_names() -> tuple[str, ...]:
    """Lists the commands, as they are typed, in alphabetical order."""
    modules = (module.name for module in pkgutil.iter_modules(cli.__path__))
    names = (name for name in modules if name != "app" and not name.startswith("_"))
    return tuple(sorted(name.replace("_", "-") for name in names))


def build(names: Iterable[str]) -> typer.Typer:
    """Assembles the application from the files of some commands.

    Args:
      names: commands, as they are typed; each must be in `command_names()`.

    Returns:
      The application; its `--help` shows these commands only.

    Raises:
      AttributeError: if a command's file has nothing of its own name.
    """
    app = typer.Typer(
        name="mpo-repro",
        help="Replicates Maximum a Posteriori Policy Optimisation (MPO).",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        # Its panels cut the names of options short where they have little room.
        rich_markup_mode="rich" if get_terminal_size().columns >= PANELS else None,
    )
    # With a callback, one command alone still has to be named.
    app.callback()(lambda: None)
    for name in names:
        _add(app, name)
    return app


def _add(app: typer.Typer, name: str) -> None:
    attribute = name.replace("-", "_")
    module = importlib.import_module(f"{cli.__name__}.{attribute}")
    found = getattr(module, attribute)
    start = f"mpo-repro {name}"
    if not isinstance(found, typer.Typer):
        help_ = _unwrapped(found.__doc__)
        short, epilog = _first(help_), _examples(module, start)
        app.command(name, help=help_, short_help=short, epilog=epilog)(found)
        return
    for command in found.registered_commands:
        command.help = _unwrapped(command.callback.__doc__)
        command.short_help = _first(command.help)
        command.epilog = _examples(module, f"{start} {command.name}")
    app.add_typer(
        found,
        name=name,
        short_help=found.info.help,
        epilog=_examples(module, start),
        no_args_is_help=True,
    )


def _unwrapped(docstring: str) -> str:
    """Joins the lines of each paragraph: the terminal decides where they break."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(text.split()) for text in paragraphs)


def _first(help_: str) -> str:
    """Gives the paragraph that lists of commands show, else cut short at a width."""
    return help_.partition("\n\n")[0]


def _examples(module: ModuleType, start: str) -> str:
    lines = [line for line in getattr(module, "EXAMPLES", ()) if line.startswith(start)]
    return "\n\n".join(("Examples:", *lines)) if lines else ""


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and ends the process with its exit code.

    Args:
      arguments: what follows `mpo-repro`; those of the process if None.

    Raises:
      SystemExit: always.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    known = command_names()
    asked = [name for name in arguments[:1] if name in known]
    app = build(asked or known)
    try:
        code = app(arguments, prog_name="mpo-repro", standalone_mode=False)
    except ConfigError as error:
        print(error, file=sys.stderr)
        code = REFUSED
    except UsageError as error:
        if error.format_message():  # else its help has been printed
            print(_in_a_line(error), file=sys.stderr)
        code = REFUSED
    except typer.Abort:
        code = FAILED
    except OSError as error:
        if error.errno not in DISK:
            raise
        print(f"{error}; the same command again, once that is mended", file=sys.stderr)
        code = FAILED
    raise SystemExit(code)


def _in_a_line(error: UsageError) -> str:
    """Says what is wrong with a command line, or gives the help that stands for it."""
    text = error.format_message().removesuffix(".")
    if text.count("\n") > 1:
        return text
    place = error.ctx.command_path if error.ctx else "mpo-repro"
    return f"{place}: {shorten(text, 400)}; {place} --help says what is allowed"
