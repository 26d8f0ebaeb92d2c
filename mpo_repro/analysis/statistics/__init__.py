"""Statistics of claims: scores -> estimate -> evidence for a claim -> verdict.

An estimate (`estimates`) is a number with its uncertainty: Student's, by permutation,
or by bootstrap. A form (`differences`, `equivalence`) holds a claim's statement against
it and gives `Evidence`. `verdicts` turns evidence into a verdict; `registry` names the
tests that a claim can ask for. All functions are pure, and those that draw random
numbers take a seed.

Letters: S runs (seeds) of an arm on a task, T tasks, K evaluations, B resamples.

What holds was measured on made-up returns (`rules`, `power`; the numbers stand in
tests/analysis/statistics/test_error_rates.py): false verdicts at most as often as alpha
says for 3, 5 and 10 runs, normal, skewed or bimodal, if both arms have the same shape
and spread. Where one arm scatters twice as much, 5 % become up to 8 % for skewed and
bimodal returns (with four runs, 13 %), also if that arm is the smaller one, which must
then have five runs (`permuted`); in agreement with ten published runs, up to 11 %.

Missing runs: NaN stands for a run that was planned and gave no score, because it was
not trained or its files are broken. It is left out of the estimate and counted in
`Evidence.missing`, and the verdict's sentence says so. A run that failed by its
own doing has a score: what it learnt, if that is nothing, and the worst there is if its
numbers went wrong (`missing.at_worst`): leaving it out would flatter the arm.
"""
