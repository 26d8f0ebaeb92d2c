"""Which figures a study has, each with caption and alternative text."""

from functools import partial

from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results, read_json
from mpo_repro.report import (
    claim_figures,
    comparisons,
    diagnostics,
    final_scores,
    interactive,
    learning_curves,
    power,
    speed,
    speed_figure,
    style,
    time_use,
    whole,
)
from mpo_repro.report.planned import Plan

_KIND = {
    "sampled": "actions sampled from the policy, as in training",
    "mean": "the policy's mean action",
}
_BAND = "Band: 5 % to 95 % quantile over seeds. "
_PUBLISHED = (
    f"Grey: {published.LABEL}; median and 5-95 % of 10 seeds, binned; the source does "
    "not say whether its points are training or evaluation episodes, nor its settings, "
    "and has none before about 36,000 steps."
)


def plan(results: Results) -> list[Plan]:
    """Lists the figures that the results allow, in the page's order.

    Args:
      results: the study's results.

    Returns:
      The plans; without a finished run there is nothing to draw.
    """
    if not results.tasks:
        return []
    scored = [_curves_plan(results, kind) for kind in _kinds(results)]
    finals = _final_plan(results)
    ablations = [
        _ablation_plan(results, task)
        for task in results.tasks
        if len(results.arms_on(task)) > 1
    ]
    inside = [_diagnostics_plan(results, task) for task in results.tasks]
    judged = [_claim_plan(results, claim) for claim in claim_figures.tested(results)]
    compared = comparisons.plans(results, _has_published(results))
    judged += _power_plans(results)
    whole_suite = whole.plans(results)
    drawn = [*judged, *scored, finals, *whole_suite, *compared, *ablations, *inside]
    return [*drawn, _time_plan(results), *_speed_plans(results)]


def _speed_plans(results: Results) -> list[Plan]:
    """The picture of speed, where its measurements lie beside the study's data."""
    found = read_json(results.folder / "data" / speed.FILE)
    if found is None:
        return []
    rivals = found["updates"]["rivals"]
    return [
        Plan(
            speed_figure.NAME,
            speed_figure.TITLE,
            speed_figure.CAPTION,
            speed_figure.alt(rivals),
            partial(speed_figure.figure, rivals),
            data=(speed.FILE,),
        )
    ]


def _kinds(results: Results) -> list[str]:
    present = set(results.curves["kind"])
    return [kind for kind in _KIND if kind in present]


def _has_published(results: Results) -> bool:
    curves = (published.quantile_curve(t, results.budget(t)) for t in results.tasks)
    return any(len(curve) for curve in curves)


def _arms(results: Results, arms: tuple[str, ...] | None = None) -> str:
    return ", ".join(results.labels[arm] for arm in arms or results.arms)


def _curves_plan(results: Results, kind: str) -> Plan:
    title = f"Learning curves, {'sampled' if kind == 'sampled' else 'mean'} action"
    longest = max(results.budget(task) for task in results.tasks)
    caption = (
        f"Evaluation with {_KIND[kind]}. Line: median over seeds of a run's mean "
        f"return at an evaluation. "
        + _BAND * learning_curves.with_bands(results)
        + style.CROWDED * style.crowded(results.arms)
        + "Panels in which all returns stay low have a shorter vertical axis. "
        + (_PUBLISHED if _has_published(results) else "")
    )
    alt = (
        f"Episode return against environment steps up to {longest:,} on "
        f"{', '.join(results.tasks)}, for {_arms(results)}."
    )
    draw_it = partial(learning_curves.learning_curves, results, kind)
    chart = partial(interactive.curves, results, kind)
    return Plan(f"curves-{kind}", title, caption, alt, draw_it, chart)


def _final_plan(results: Results) -> Plan:
    caption = (
        "Evaluation with actions sampled from the policy. Small dots: seeds. Large "
        "marker and bar: mean over seeds with its 95 % Student interval (drawn from "
        f"{final_scores.FEWEST} seeds on). "
    )
    caption += f"A run's score is its {final_scores.score_name(results)}. "
    if final_scores.beside_published(results):
        caption += f"Grey line and area: the same for {published.LABEL}."
    alt = f"Final return of every seed on {len(results.tasks)} tasks: {_arms(results)}."
    draw_it = partial(final_scores.final_scores, results, "sampled")
    return Plan("final-scores", "Final scores", caption, alt, draw_it)


def _ablation_plan(results: Results, task: str) -> Plan:
    first = results.labels[results.arms_on(task)[0]]
    caption = (
        f"Each panel: one arm's median and 5-95 % band over seeds; dashed grey: "
        f"{first}. Evaluation with actions sampled from the policy."
    )
    alt = f"Learning curves of each arm on {task}, each against {first}."
    draw_it = partial(learning_curves.ablation, results, task, "sampled")
    return Plan(f"ablation-{task}", f"Arms on {task}", caption, alt, draw_it)


def _diagnostics_plan(results: Results, task: str) -> Plan:
    names, arms = diagnostics.shown(results, task), results.arms_on(task)
    caption = "Median over seeds. "
    if any(name.endswith("_relative") for name in names):
        caption += (
            "A KL divided by its bound is 1 where the constraint is met exactly; an "
            "arm without that bound has no line there. "
        )
    caption += style.CROWDED * style.crowded(arms)
    if "q_value" in names and diagnostics.even_episodes(task):
        caption += (
            "In the panel of Q the small dots are the value that training returns "
            "imply if reward comes evenly over an episode: mean return / "
            f"{diagnostics.EPISODE_LENGTH:,} / (1 - discount)."
        )
    panels = ", ".join(diagnostics.PANELS[name][0] for name in names)
    alt = f"Against steps on {task}: {panels}; for {_arms(results, arms)}."
    draw_it = partial(diagnostics.diagnostics, results, task)
    title = f"Inside the learner on {task}"
    chart = partial(interactive.inside, results, task)
    data = ("diagnostics.parquet", "curves.parquet")
    return Plan(f"diagnostics-{task}", title, caption, alt, draw_it, chart, data)


def _claim_plan(results: Results, claim: dict) -> Plan:
    draw_it = partial(claim_figures.intervals, claim)
    name = f"claim-{claim['id'].lower()}"
    return Plan(name, *claim_figures.texts(claim), draw_it, data=("verdicts.json",))


def _power_plans(results: Results) -> list[Plan]:
    if not (names := power.rules(results)):
        return []
    draw_it = partial(power.figure, names)
    return [Plan(power.NAME, *power.texts(names), draw_it, data=("verdicts.json",))]


def _time_plan(results: Results) -> Plan:
    caption = (
        "Each dot is a run, bars are means. Wall time, evaluation included; runs may "
        "have shared their machine with others, so that arms are not compared by it."
    )
    alt = (
        f"Minutes a run and environment steps per second on {len(results.tasks)} tasks."
    )
    draw_it = partial(time_use.time_use, results)
    title, data = "How long the runs took", ("timing.parquet",)
    return Plan("time", title, caption, alt, draw_it, data=data)
