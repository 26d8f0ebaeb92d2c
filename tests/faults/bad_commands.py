"""Command lines as nobody should type them; each is wrong."""

from bad_configs import TRAPS
from hypothesis import strategies as st

from mpo_repro.cli import app

COMMANDS = app.command_names()
# What cannot be typed, and what would be help or an option of its own.
TYPED = st.one_of(
    st.sampled_from([trap for trap in TRAPS if "\x00" not in trap]), st.text()
).filter(lambda text: "\x00" not in text and not text.startswith("-"))
WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)
# Option of `train`: what it may be, of which anything else is wrong.
OPTIONS = {
    "--task": "reacher-easy",
    "--recipe": "paper",
    "--backend": "envpool",
    "--execution": "plain",
    "--seed": "3",
    "--steps": "100",
    "--set": "policy.hidden=[8]",
    "--evaluation-interval": "50",
    "--evaluation-episodes": "1",
}
# Commands that read something that has to be there.
READERS = (
    ["collect"],
    ["report"],
    ["figures"],
    ["evaluate"],
    ["inspect"],
    ["export"],
    ["plan"],
    ["claims", "show"],
    ["claims", "check"],
    ["compare", "nowhere"],
    ["train", "--task", "reacher-easy", "--arm", "a", "--study"],
)


@st.composite
def unknown_commands(draw) -> list[str]:
    """No such command."""
    name = draw(TYPED.filter(lambda text: text not in COMMANDS))
    return [name, *draw(st.lists(TYPED, max_size=2))]


@st.composite
def unknown_options(draw) -> list[str]:
    """A command with an option that it does not have."""
    given = [draw(st.sampled_from(COMMANDS)), *draw(st.lists(TYPED, max_size=2))]
    return [*given, f"--x{draw(WORD)}"]


@st.composite
def wrong_settings(draw) -> list[str]:
    """`train` with one value that cannot be."""
    options = dict(OPTIONS)
    wrong = draw(st.sampled_from(list(options)))
    options[wrong] = draw(TYPED.filter(lambda text: not _might_do(wrong, text)))
    return ["train", *(part for pair in options.items() for part in pair)]


@st.composite
def nothing_there(draw) -> list[str]:
    """A command that is to read what does not exist."""
    return [*draw(st.sampled_from(READERS)), "nowhere/" + draw(WORD)]


def _might_do(option: str, text: str) -> bool:
    """Whether a value may be meant: a number where one is wanted, a name there is."""
    number = any(character.isdigit() for character in text)
    return text == OPTIONS[option] or (OPTIONS[option].isdigit() and number)


LINES = st.one_of(
    unknown_commands(), unknown_options(), wrong_settings(), nothing_there()
)
