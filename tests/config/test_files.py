"""What a YAML file may say, and where it is looked for."""

import pytest

from mpo_repro.config import ConfigError, files


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("5e4", 5e4),
        (".5", 0.5),
        ("30_000", 30_000),
        ("-3", -3),
        ("010", 10),
        ("true", True),
        ("yes", "yes"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2018-06-14", "2018-06-14"),
        (".inf", ".inf"),
        ("null", None),
        ("", None),
        ("'1'", "1"),
        ("[1, 2.5, a]", [1, 2.5, "a"]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text, value):
    parsed = files.parse(text, "x")
    assert parsed == value
    assert type(parsed) is type(value)


def test_a_text_read_twice_gives_data_that_share_nothing():
    first, second = files.parse("{a: [1]}", "x"), files.parse("{a: [1]}", "y")
    first["a"].append(2)
    assert second == files.parse("{a: [1]}", "z") == {"a": [1]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a: 1\nb: 2\na: 3",
            "x: line 3: given a a second time; allowed: each key once",
        ),
        ("c:\n  d: 1\n  d: 2", "x: line 3: given d a second time"),
        ("a: &b [1]\nc: *b", "x: line 2: given *b;"),
        ("a: !!python/object/apply:os.system ['true']", "python/object/apply"),
        ("a: !!timestamp 2018-06-14", "values without a tag"),
        ("<<: {a: 1}\n<<: {a: 2}", "each key once"),
        ("1: a", "a text as the key"),
        ("? [1, 2]\n: a", "a text as the key"),
        ("a: 1e999", "finite numbers"),
        ("a: [1", "x: line "),
        ("a: 1\n---\nb: 2", "YAML"),
        ("[" * 20_000, "nested too deeply"),
    ],
)
def test_anything_but_plain_data_is_refused_in_one_line(text, words):
    with pytest.raises(ConfigError) as refused:
        files.parse(text, "x")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_bomb_of_aliases_is_refused_at_its_first_alias(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    with pytest.raises(ConfigError, match="line 2"):
        files.parse("\n".join(lines), "bomb")


def test_a_file_may_not_be_larger_than_the_bound(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("a: " + "x" * files.LARGEST_FILE)
    with pytest.raises(ConfigError, match="at most 262144 bytes"):
        files.read(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"- 1", b"", b"text"])
def test_a_file_must_hold_a_mapping_in_utf_8(tmp_path, content):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="a.yaml"):
        files.read(path)


@pytest.mark.parametrize("name", ["..", "../paper", "a/../paper", "Paper", "", "-x", 3])
def test_a_name_cannot_lead_out_of_its_folder(project, name):
    project.write("paper.yaml", "a: 1")
    with pytest.raises(ConfigError):
        files.by_name(name, "recipes")


def test_a_missing_file_is_named_with_its_neighbours(project):
    with pytest.raises(ConfigError, match="did you mean paper"):
        files.locate("papr", "recipes")
    with pytest.raises(ConfigError, match="given no such file"):
        files.locate("else/where.yaml", "recipes")


def test_paper_configs_of_the_current_folder_come_first(project, monkeypatch):
    assert files.configs().resolve() == project.root / "paper_configs"
    monkeypatch.chdir(project.root.parent)
    assert files.configs() == files.CHECKOUT / "paper_configs"
