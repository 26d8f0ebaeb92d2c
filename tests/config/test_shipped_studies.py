"""What the project's own studies promise, against the recipes as they are."""

import pytest
from differing import differences, settings

from mpo_repro.analysis import published
from mpo_repro.config import Study, load_recipe, load_study
from mpo_repro.config.algorithms import algorithm
from mpo_repro.config.files import CHECKOUT


@pytest.fixture(autouse=True)
def checkout(monkeypatch):
    """Reads the configuration of the project, wherever pytest was started."""
    monkeypatch.chdir(CHECKOUT)


def test_the_bisection_sets_back_every_setting_that_differs_and_no_other():
    default, paper = load_recipe("default"), load_recipe("paper-eight-steps")
    study = load_study("bisection")
    assert study.recipe("default") == default
    assert study.recipe("paper") == paper
    changed = {}
    for arm in study.arms.keys() - {"default", "paper"}:
        made = differences(study.recipe(arm), default)
        assert made, f"arm {arm} is the default recipe"
        assert not changed.keys() & made.keys(), f"arm {arm} repeats another's setting"
        changed |= made
    assert changed == differences(paper, default)


@pytest.mark.parametrize("arm", ["default", "paper"])
def test_the_bisection_takes_its_two_ends_from_the_laptop_s_study(arm):
    bisection, laptop = load_study("bisection"), load_study("laptop")
    ends = {run.folder for run in bisection.runs() if run.arm == arm}
    assert ends <= {run.folder for run in laptop.members["reference"].runs()}


def test_studies_that_share_runs_evaluate_them_alike():
    """Runs are evaluated once: where two studies plan other steps, scores differ."""
    owners, laptop = {}, load_study("laptop")
    for name in ["bisection", "variants", "laptop", *laptop.parts]:
        study = load_study(name)
        for run in study.runs():
            owners.setdefault(run.folder, {})[name] = study.evaluation
    shared = [plans for plans in owners.values() if len(plans) > 1]
    assert len(shared) > 100
    assert all(len(set(map(str, plans.values()))) == 1 for plans in shared)


@pytest.mark.parametrize(
    "name",
    ["network-size", "buffer-size", "kl-bounds", "open-settings", "implementations"],
)
def test_what_arms_are_compared_with_is_the_default_recipe(name):
    """Figures and tables set each arm against the study's first."""
    study = load_study(name)
    first = next(iter(study.arms))
    assert study.recipe(first) == load_recipe("default")


def marks(study: Study, task: str) -> set[int]:
    """Lists the steps at which a study evaluates a task."""
    interval = study.evaluation.interval
    return set(range(interval, study.budget(task) + 1, interval))


def test_the_reference_is_evaluated_where_published_curves_are_compared():
    study = load_study("reference")
    for task in study.tasks:
        assert len(published.scores(task, 100_000))
        assert max(marks(study, task)) == 100_000
    assert len(study.runs()) == 10 * 5 * 2


# What the paper leaves open: the settings of each point, at least one arm for each.
OPEN = [
    {"improvement.fitted_actions", "improvement.epsilon_penalty"},
    {"policy.mean"},
    {"policy.bounds"},
    {"policy_evaluation.sequence_length"},
    {"optimisation.target_period"},
    {"optimisation.target_rate"},
    {"improvement.samples"},
    {"data.batch_states"},
    {"data.episodes_per_iteration", "data.updates_per_iteration"},
    {"policy.layer_norm", "critic.layer_norm"},
    {"policy.activation", "critic.activation"},
    {"policy.initial_stddev"},
    {"policy.minimum_stddev"},
    {"multipliers.temperature"},
    {"multipliers.alpha_mean"},
    {"multipliers.alpha_covariance"},
    {"multipliers.transform"},
    {"multipliers.learning_rate"},
    {"multipliers.scale"},
    {"multipliers.floor"},
    {"multipliers.cap"},
    {"improvement.m_step_updates"},
    {"data.normalise_observations"},
]


@pytest.mark.parametrize("settings", OPEN, ids=lambda point: min(point))
def test_what_the_paper_leaves_open_has_an_arm(settings):
    study, default = load_study("open-settings"), load_recipe("default")
    arms = [differences(study.recipe(arm), default) for arm in study.arms]
    assert any(settings <= arm.keys() for arm in arms)


def test_open_settings_are_changed_one_at_a_time_around_the_default():
    study, default = load_study("open-settings"), load_recipe("default")
    changes = {arm: differences(study.recipe(arm), default) for arm in study.arms}
    assert changes.pop("default") == {}
    # Two where one needs the other, three where multipliers have to start below a cap.
    assert max(map(len, changes.values())) <= 4
    assert all(changes.values())
    assert len({str(sorted(made.items())) for made in changes.values()}) == len(changes)


def test_every_published_recipe_and_every_defect_is_compared():
    names = {path.stem for path in (CHECKOUT / "paper_configs/recipes").glob("*.yaml")}
    published = {name for name in names if name.endswith("-as-published")}
    mended = {"acme", "tonic", "jorldy", "rlox", "nycu", "dahiya", "daisatojp"}
    mended |= {"paper-eight-steps"}
    arms = [*load_study("implementations").arms.values()]
    arms += load_study("discrete").arms.values()
    assert published | mended | {"gruner"} <= {arm.recipe for arm in arms}
    defects = [
        ("improvement.kl", "inverted_variances"),
        ("improvement.kl", "stddev_as_variance"),
        ("improvement.kl", "reversed"),
        ("improvement.dual", "pooled"),
        ("improvement.dual", "unnormalised"),
        ("improvement.epsilon_covariance", 0.1),
        ("improvement.epsilon_mean", None),
        ("improvement.old_policy_in_weights", False),
        ("data.time_limit", "termination"),
    ]
    for key, value in defects:
        assert any(arm.set.get(key, "") == value for arm in arms), key


@pytest.mark.parametrize(
    "name",
    [
        "network-size",
        "buffer-size",
        "kl-bounds",
        "q-form",
        "components",
        "implementations",
        "open-settings",
        "baselines",
        "n1",
        "discrete",
    ],
)
def test_a_study_has_the_paper_s_size_and_one_that_fits_a_laptop(name):
    small, large = load_study(name), load_study(f"{name}:paper")
    assert (small.steps, len(small.seeds)) <= (60_000, 5)
    assert (large.steps, len(large.seeds)) == (1_000_000, 10)
    assert small.arms == large.arms


def unpaced(name: str) -> dict[str, object]:
    """The settings of a recipe but for how often it learns, which variants set."""
    return settings(load_recipe(name)) | {"data.steps_per_update": None}


def test_the_variants_and_their_neighbours_hold_every_recipe_of_continuous_actions():
    names = {path.stem for path in (CHECKOUT / "paper_configs/recipes").glob("*.yaml")}
    studies = map(load_study, ("variants", "q-form", "implementations"))
    found = {arm.recipe for study in studies for arm in study.arms.values()}
    left = {name for name in names - found if algorithm(load_recipe(name)) == "mpo"}
    kept = [unpaced(name) for name in found if algorithm(load_recipe(name)) == "mpo"]
    left = {name for name in left if unpaced(name) not in kept}
    kinds = {load_recipe(name).policy.distribution for name in left}
    assert kinds <= {"categorical"}
