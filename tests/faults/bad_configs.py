"""Configuration files as nobody should write them."""

import copy

import yaml
from hypothesis import strategies as st

STUDY = {
    "name": "bad",
    "title": "Bad",
    "tasks": ["pendulum-swingup", "reacher-easy"],
    "seeds": [0, 7],
    "steps": 3000,
    "task_steps": {"reacher-easy": 6000},
    "evaluation": {"interval": 1000, "episodes": 2},
    "arms": {"a": {"recipe": "paper", "label": "A", "set": {"policy.hidden": [30]}}},
}
TRAPS = (
    "../../../../etc/passwd",
    "/etc/passwd",
    "..",
    "paper/../paper",
    "~/.ssh/id_rsa",
    "x" * 5000,
    "nul\x00byte",
    "\x1b[31mred\x1b[0m",
    "right\u202eleft",
    "two\nlines",
    "\u2028",
    "\ud800",
    "<script>alert(1)</script>",
    "$(reboot)",
    "{{ 7 * 7 }}",
    "паўр",
    "1e400",
    "9" * 400,
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(TRAPS),
)
JUNK = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=8), inner, max_size=4),
    ),
    max_leaves=8,
)

# Files that are wrong whatever the rest is; each must be refused.
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS = {
    "laughs": LAUGHS,
    "self-reference": "a: &a [*a]\n",
    "merge": "base: &b {x: 1}\nother: {<<: *b}\n",
    "tag": "a: !!python/object/apply:os.system ['true']\n",
    "binary tag": "a: !!binary aGVsbG8=\n",
    "brackets": "[" * 100_000,
    "braces": "{a: " * 50_000,
    "dashes": "- " * 50_000,
    "questions": "? " * 50_000,
    "indentation": "".join(" " * i + f"a{i}:\n" for i in range(700)),
    "closed brackets": "a: " + "[" * 400 + "]" * 400,
    "long text": "name: " + "x" * 250_000,
    "many keys": "".join(f"k{i}: {i}\n" for i in range(20_000)),
    "too large": "# " + "x" * 300_000,
    "two documents": "a: 1\n---\nb: 2\n",
    "directive": "%YAML 9.9\n---\na: 1\n",
    "tab": "a:\n\tb: 1\n",
    "empty": "",
    "list": "[1, 2]\n",
    "number": "1\n",
    "key twice": "name: a\nname: b\n",
    "key no text": "? [1, 2]\n: a\n",
    "utf-16": "name: x".encode("utf-16"),
    "not utf-8": b"name: \xff\xfe",
    "null byte": b"name: a\x00b",
    "control": b"name: a\x07b",
    "surrogate": 'name: "\\ud800"\n',
}


def places(data: object, prefix: tuple = ()) -> list[tuple]:
    """Lists the paths to everything in nested data, the whole left out."""
    pairs = []
    if isinstance(data, dict):
        pairs = list(data.items())
    elif isinstance(data, list):
        pairs = list(enumerate(data))
    found = [prefix] if prefix else []
    for key, value in pairs:
        found += places(value, (*prefix, key))
    return found


@st.composite
def changed(draw, data: dict) -> str:
    """A file with one thing in it replaced, removed, renamed or added."""
    made = copy.deepcopy(data)
    *way, last = draw(st.sampled_from(places(made)))
    section = made
    for key in way:
        section = section[key]
    change = draw(st.sampled_from(["replace", "remove", "rename", "add"]))
    if change == "replace" or isinstance(section, list):
        section[last] = draw(JUNK)
    elif change == "add":
        section[draw(st.text(min_size=1, max_size=12))] = draw(JUNK)
    else:
        value = section.pop(last)
        if change == "rename":
            section[draw(st.text(min_size=1, max_size=12))] = value
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False)


def files(data: dict) -> st.SearchStrategy[str | bytes]:
    """Files that start from sound data, from characters or from bytes."""
    return st.one_of(changed(data), changed(data), st.text(), st.binary())
