"""The line with which a configuration is refused."""

import pickle

from mpo_repro.config import ConfigError, nearest


def test_the_line_names_file_key_given_and_allowed():
    error = ConfigError("a.yaml", "b.c", 3, "less than 2")
    assert str(error) == "a.yaml: b.c: given 3; allowed: less than 2"
    assert str(ConfigError("a.yaml", "", "no file", "one")).startswith("a.yaml: given")


def test_it_stays_one_line_whatever_was_given():
    error = ConfigError("a\nb.yaml", "k", "x\n" * 500, "a\tb")
    assert "\n" not in str(error)
    assert len(str(error)) < 120


def test_it_crosses_a_process_boundary():
    error = ConfigError("a.yaml", "b.c", {"x": 1}, "less")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.key) == (str(error), "b.c")


def test_the_nearest_names_come_first():
    names = ["epsilon", "epsilon_mean", "samples"]
    assert nearest("epsilon_men", names).startswith("did you mean epsilon_mean")
    assert nearest("zzz", names) == "one of epsilon, epsilon_mean, samples"
    assert nearest("a", []) == "one of nothing"
