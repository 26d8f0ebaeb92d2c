"""Every command of the documentation is one that could be typed."""

import re

import pytest
import typer
from documents import PAGES, ROOT, commands, fenced, name

import mpo_repro
from mpo_repro.analysis import claim_check
from mpo_repro.cli import app
from mpo_repro.config import files, load_recipe, load_study
from mpo_repro.config.claim import load_claim

ALL = [(page, words) for page in PAGES for words in commands(page.read_text("utf-8"))]
OURS = [(page, words) for page, words in ALL if words[0] == "mpo-repro"]
CALL = re.compile(r"\bmpo_repro\.(\w+)\(")
READ = {
    "recipes": load_recipe,
    "studies": load_study,
    "claims": lambda name: claim_check.check(load_claim(name)),
}
PLACEHOLDERS = {"RUN", "STUDY", "NAME", "mine"}


def parse(command, words: list[str], called: str = "mpo-repro") -> dict:
    """Parses a command line as typer does, without doing it; gives the parameters."""
    context = command.make_context(called, words)
    if not hasattr(command, "resolve_command"):
        return context.params
    rest = [*context._protected_args, *context.args]
    called, command, rest = command.resolve_command(context, rest)
    with context:
        return parse(command, rest, called)


def said(pair) -> str:
    return f"{name(pair[0])}: {' '.join(pair[1])}"


@pytest.fixture(scope="module")
def application():
    return typer.main.get_command(app.build(app.command_names()))


@pytest.mark.parametrize("pair", OURS, ids=said)
def test_a_command_line_parses_and_names_what_there_is(application, pair):
    page, words = pair
    if set(words) & {"...", "--help", "--install-completion"} or len(words) == 1:
        return
    made = PLACEHOLDERS | {part.stem for part in written(page)}
    values = parse(application, words[1:])
    for kind, keys in {
        "studies": ("study",) + (("name",) if words[1] == "study" else ()),
        "recipes": ("recipe", "first", "second"),
    }.items():
        for key in keys:
            value = values.get(key)
            if value is not None and value not in made:
                files.locate(value, kind)


def written(page) -> list:
    """Lists the files that a page tells the reader to write, by their first line."""
    found = []
    for block in fenced(page.read_text("utf-8"), "yaml"):
        first = block.partition("\n")[0]
        if first.startswith("# paper_configs/"):
            found.append(ROOT / first.removeprefix("# "))
    return found


def test_the_parser_refuses_what_is_wrong(application):
    with pytest.raises(app.UsageError):
        parse(application, ["train", "--tusk", "x"])
    assert parse(application, ["study", "show", "quick"]) == {"name": "quick"}


def test_the_pages_have_commands():
    assert len(OURS) > 20
    assert {words[0] for _, words in ALL} >= {"mpo-repro", "snakemake", "make"}


@pytest.mark.parametrize(
    "pair", [pair for pair in ALL if pair[1][0] == "snakemake"], ids=said
)
def test_snakemake_is_given_studies_that_exist(pair):
    page, words = pair
    for word in words:
        key, _, study = word.partition("=")
        if key == "study" and study not in {part.stem for part in written(page)}:
            files.by_name(study, "studies")


@pytest.mark.parametrize(
    "pair", [pair for pair in ALL if pair[1][0] == "make"], ids=said
)
def test_make_has_the_target(pair):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert f"\n{pair[1][1]}:" in makefile


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_a_page_has_the_reader_write_are_accepted(page, project):
    blocks = fenced(page.read_text("utf-8"), "yaml")
    recipes = files.CHECKOUT / "paper_configs" / "recipes"
    for path in recipes.glob("*.yaml"):
        project.write(f"recipes/{path.name}", path.read_text("utf-8"))
    for block, path in zip(blocks, map(first_line, blocks), strict=True):
        kind, _, file = path.removeprefix("# paper_configs/").partition("/")
        if kind in READ:
            READ[kind](project.write(f"{kind}/{file}", block).stem)


def test_what_pages_call_of_the_package_is_public():
    used = {name for page in PAGES for name in CALL.findall(page.read_text("utf-8"))}
    assert used >= {"train", "load_policy"}
    assert used <= set(mpo_repro.__all__)


def first_line(block: str) -> str:
    return block.partition("\n")[0]
