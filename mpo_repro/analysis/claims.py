"""Collected results and claims become verdicts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mpo_repro.analysis import claim_check, registration, trials
from mpo_repro.analysis.claim_data import Runs, runs_of
from mpo_repro.analysis.judged import Judged, Tested, looked, wording
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED
from mpo_repro.analysis.second_reading import second_reading
from mpo_repro.analysis.statistics.multiplicity import adjust
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.published import beside
from mpo_repro.analysis.statistics.verdicts import (
    Verdict,
    combine,
    decide,
    untestable,
)
from mpo_repro.analysis.trial import Trial
from mpo_repro.config.claim import Claim, Part


def judge(
    claims: Sequence[Claim],
    results: Sequence[Results],
    certificates: Mapping[str, bool],
    register: registration.Register,
    at: registration.AtCommit,
) -> list[Judged]:
    """Judges claims by what there is.

    Tests of one family are corrected together, those of claims that share it included,
    as far as their studies are among the results; see `multiplicity`.

    Args:
      claims: all of them.
      results: of one study or several.
      certificates: name -> whether it passed.
      register, at: see `registration.judge`.

    Returns:
      One entry a claim, in their order.

    Raises:
      ConfigError: if a claim names what is not there.
    """
    made = {claim.id: _tests(claim, results) for claim in claims}
    made = _adjusted(claims, made)
    judged = []
    for claim in claims:
        tests = tuple(_decided(claim, test) for test in made[claim.id])
        verdict, needs = _verdict(claim, tests, results, certificates)
        commits = _commits(tests, results)
        fixed = registration.judge(claim, register, commits, at)
        judged.append(Judged(claim, verdict, tests, needs, fixed))
    return judged


def _tests(claim: Claim, results: Sequence[Results]) -> list[Tested]:
    """Makes every test for which a study is there; not decided yet."""
    claim_check.check(claim)
    found = []
    for part in claim.parts:
        for one in results:
            if not claim_check.matches(part, one.study["name"]):
                continue
            tasks = part.tasks or tuple(one.study["tasks"])
            for trial in trials.trials(claim, part, tasks, _reader(claim, one)):
                made = _made(claim, part, trial)
                reading = second_reading(claim, part, trial, one)
                found.append(replace(made, reading=reading))
    return found


def _reader(claim: Claim, results: Results) -> Callable[[str, str], Runs]:
    known: dict[tuple[str, str], Runs] = {}

    def look(arm: str, task: str) -> Runs:
        if (arm, task) not in known:
            known[arm, task] = runs_of(results, arm, task, claim.scale(task))
        return known[arm, task]

    return look


def _made(claim: Claim, part: Part, trial: Trial) -> Tested:
    """Makes a test, if there are data for it; not decided yet."""
    evidence = None
    if trial.data is not None and not trial.identical:
        evidence = trials.evidence(part, trial, claim.minimum_seeds)
    return Tested(part, trial, evidence, untestable(""))


def _adjusted(
    claims: Sequence[Claim], made: dict[str, list[Tested]]
) -> dict[str, list[Tested]]:
    """Corrects p-values over each family."""
    whole = {claim.id for claim in claims if _stands_together(claim, made[claim.id])}
    families = {claim.family for claim in claims if claim.family}
    done = {name: list(tests) for name, tests in made.items()}
    for family in families:
        places = [
            (claim.id, index)
            for claim in claims
            if claim.family == family
            for index, test in enumerate(made[claim.id])
            if test.evidence is not None
        ]
        together = [name if name in whole else None for name, _ in places]
        adjusted = adjust([made[n][i].evidence for n, i in places], together)
        for (name, index), evidence in zip(places, adjusted, strict=True):
            done[name][index] = replace(made[name][index], evidence=evidence)
    return done


def _stands_together(claim: Claim, tests: Sequence[Tested]) -> bool:
    """Says whether a claim needs all of its tests and every one of them was made."""
    parts = {test.part.name for test in tests}
    complete = parts == {part.name for part in claim.parts}
    return claim.rule == "all" and complete and all(test.evidence for test in tests)


def _decided(claim: Claim, test: Tested) -> Tested:
    if test.trial.untold and test.evidence is None:
        text = f"{test.trial.label}: an untrained policy would pass."
        return replace(test, verdict=untestable(text))
    if test.trial.identical:
        text = f"{test.trial.label}: both arms learnt the very same, seed by seed."
        return replace(test, verdict=untestable(text))
    if test.evidence is None:
        lacking = test.trial.lacking or "published runs at this budget"
        text = f"{test.trial.label}: there is nothing of {lacking}."
        return replace(test, verdict=_unrun(text))
    words = wording(test.part)
    verdict = decide(test.evidence, words)
    if trials.shape(test.part) == "published":
        text = beside(*test.trial.data).sentence(words.number)
        text += looked(test.part, test.evidence) + test.reading
        verdict = replace(verdict, sentence=f"{verdict.sentence} {text}")
    return replace(test, verdict=verdict)


def _verdict(
    claim: Claim,
    tests: Sequence[Tested],
    results: Sequence[Results],
    certificates: Mapping[str, bool],
) -> tuple[Verdict | None, tuple[str, ...]]:
    """Gives the verdict and what it lacks."""
    if claim.not_testable:
        return untestable(claim.not_testable), ()
    if claim.certificates:
        return _by_certificates(claim, certificates)
    names = [one.study["name"] for one in results]
    absent = [
        part
        for part in claim.parts
        if not any(claim_check.matches(part, name) for name in names)
    ]
    needs = tuple(dict.fromkeys(part.study for part in absent))
    if not any(_says_something(test) for test in tests):
        return None, needs or tuple(dict.fromkeys(t.part.study for t in tests))
    telling = [test for test in tests if test.evidence or not test.trial.untold]
    verdicts = [test.verdict for test in telling]
    verdicts += [_unrun(f"{part.study} was not run.") for part in absent]
    labels = [_label(claim, test) for test in telling] + [part.name for part in absent]
    verdict = _combined(claim, verdicts, labels)
    if untold := dict.fromkeys(task for test in tests for task in test.trial.untold):
        text = f" Left out, as an untrained policy would pass: {', '.join(untold)}."
        verdict = replace(verdict, sentence=verdict.sentence + text)
    return (_refuted(verdict) if claim.refutes else verdict), needs


def _combined(claim: Claim, verdicts: list[Verdict], labels: list[str]) -> Verdict:
    """Applies a claim's rule to the tests that can tell."""
    if not verdicts:
        return untestable("No task can tell.")
    if isinstance(claim.rule, int) and claim.rule > len(verdicts):
        text = f"{len(verdicts)} tasks can tell, where {claim.rule} must be supported."
        return untestable(text)
    if len(verdicts) > 1 or isinstance(claim.rule, int):
        return combine(verdicts, claim.rule, labels)
    return verdicts[0]


def _label(claim: Claim, test: Tested) -> str:
    """Returns what a test compares, with its part's name where there are several."""
    part = f"{test.part.name}: " if len(claim.parts) > 1 else ""
    return part + test.trial.label


def _says_something(test: Tested) -> bool:
    """Returns whether a test was made, and not only with the first of its runs.

    One of which it is known that it can tell nothing counts as made.
    """
    if test.trial.identical or (test.trial.untold and not test.evidence):
        return True
    estimated = test.verdict.outcome is not Outcome.NOT_TESTABLE
    return test.evidence is not None and (estimated or not test.trial.missing)


def _unrun(text: str) -> Verdict:
    """Gives the verdict on a test that could be made, and has no runs yet."""
    return Verdict(Outcome.NOT_RUN, text, ())


def _by_certificates(
    claim: Claim, certificates: Mapping[str, bool]
) -> tuple[Verdict | None, tuple[str, ...]]:
    asked = claim.certificates
    absent = tuple(n for n in asked.names if n not in certificates)
    if absent:
        return None, tuple(f"certificate {name}" for name in absent)
    failed = [name for name in asked.names if not certificates[name]]
    if failed:
        text = f"Nothing is decided: the check {', '.join(failed)} fails."
        return Verdict(Outcome.UNDECIDED, text, ()), ()
    return Verdict(Outcome(asked.outcome), asked.sentence, ()), ()


def _refuted(verdict: Verdict) -> Verdict:
    """Turns a verdict on a counterexample into one on the claim."""
    if verdict.outcome is Outcome.SUPPORTED:
        outcome, text = Outcome.REFUTED, "A counterexample was shown"
    else:  # that none was seen does not show the claim
        outcome, text = Outcome.UNDECIDED, "No counterexample was shown"
    if verdict.outcome is Outcome.NOT_RUN:
        outcome = Outcome.NOT_RUN
    _, _, numbers = verdict.sentence.partition(": ")
    return replace(verdict, outcome=outcome, sentence=f"{text}: {numbers}", parts=())


def _commits(tests: Sequence[Tested], results: Sequence[Results]) -> set[str]:
    """Lists the commits of the finished runs that enter."""
    entering = {(runs.arm, runs.task) for test in tests for runs in test.trial.runs}
    parts = {test.part.study: test.part for test in tests}.values()
    found: set[str] = set()
    for one in results:
        name = one.study["name"]
        if not any(claim_check.matches(part, name) for part in parts):
            continue
        runs = one.runs[one.runs["state"] == FINISHED]
        for row in runs[["arm", "task", "commit"]].itertuples(index=False):
            found |= {row.commit} if (row.arm, row.task) in entering else set()
    return found
