"""What counts as a mutant."""

import ast
import collections

import mutants
import table

FILES = table.modules()
ALL = [mutant for file in FILES for mutant in mutants.of_file(file)]
KEYS = {mutant.key for mutant in ALL}

SOURCE = '''
import math


def f(new, old, x: int | None = None):
    """Returns x - 1."""
    if x > 0 and old:
        return -math.log(new.mT @ x.clamp(min=1)) + old.mean(0)
    return torch.where(x > 0, new, old)[:, 1:]
'''


def changes(tmp_path, source=SOURCE):
    """Lists pairs of what stood there and what stands there now."""
    file = tmp_path / "module.py"
    file.write_text(source)
    return {(mutant.before, mutant.after) for mutant in mutants.of_file(file)}


def test_signs_logs_clamps_covariances_and_branches_are_changed(tmp_path):
    total = "-math.log(new.mT @ x.clamp(min=1)) + old.mean(0)"
    left, right = total.split(" + ")
    assert changes(tmp_path) >= {
        (total, total.replace(" + ", " - ")),
        (total, left),
        (total, right),
        (left, left[1:]),
        (left[1:], "new.mT @ x.clamp(min=1)"),
        ("new.mT", "new"),
        ("new", "old"),
        ("old", "new"),
        ("x.clamp(min=1)", "x"),
        ("x.clamp(min=1)", "x.clamp(max=1)"),
        ("old.mean(0)", "old.sum(0)"),
        ("old.mean(0)", "old.mean(-1)"),
        ("x > 0", "x < 0"),
        ("x > 0 and old", "x > 0 or old"),
        ("torch.where(x > 0, new, old)", "torch.where(x > 0, old, new)"),
        (
            "torch.where(x > 0, new, old)[:, 1:]",
            "torch.where(x > 0, new, old)[:, :-1]",
        ),
    }


def test_annotations_and_docstrings_stay(tmp_path):
    befores = {before for before, _ in changes(tmp_path)}
    assert not any("None" in before or "Returns" in before for before in befores)
    assert changes(tmp_path, '"""a - b"""\nx: int = 3\n') == set()


def test_a_mutant_differs_in_one_place_and_compiles():
    original = {path.name: path.read_text("utf-8") for path in FILES}
    for mutant in ALL[::11]:
        compile(mutant.source, mutant.file, "exec")
        plain = ast.unparse(ast.parse(original[mutant.file])).splitlines()
        changed = mutant.source.splitlines()
        if len(plain) == len(changed):
            pairs = zip(plain, changed, strict=True)
            assert sum(one != two for one, two in pairs) == 1, mutant.key


def test_keys_are_unique():
    assert len(KEYS) == len(ALL)


def test_each_module_has_mutants():
    count = collections.Counter(mutant.file for mutant in ALL)
    assert set(count) == {path.name for path in FILES}
    assert len(ALL) > 500


def test_the_fingerprint_is_that_of_the_code_only(tmp_path):
    file = tmp_path / "module.py"

    def of(text):
        file.write_text(text)
        return mutants.fingerprint(file)

    plain = of("def f(x):\n    return x - 1\n")
    assert (
        of('"""Text."""\n\n\ndef f(x):  # why\n    """Text."""\n    return x - 1')
        == plain
    )
    assert of("def f(x):\n    return x + 1\n") != plain
