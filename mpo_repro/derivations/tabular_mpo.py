"""MPO as it is run, on MDPs so small that the true return of every policy is known.

One iteration: transitions are collected with pi_i, Q is fitted to Retrace targets of
the recent ones, the E-step reweights M sampled actions at states of the replay under
the hard bound epsilon, and the M-step fits a table under the same bound. R runs go side
by side; each part that training has too is training's function.
"""

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from mpo_repro.derivations import tabular
from mpo_repro.mpo import e_step, retrace

LENGTH = 8  # transitions of a sequence
SEQUENCES = 8  # collected in an iteration by each run
KEPT = 4  # iterations that the replay holds
FITS = 6  # times that Q is fitted in an iteration, with Q' the Q before
BISECTIONS = 30
REFERENCE_SAMPLES = 64  # for the temperature of the E-step without sampling


@dataclass(frozen=True)
class Settings:
    """What varies between runs.

    samples: M, actions per state; None for the expectation under pi_i.
    epsilon: bound on E_s[KL(q || pi_i)] and on E_s[KL(pi_i || pi)], nats.
    fitted: whether Q is fitted to data, rather than exact.
    batch: B, states of the E-step.
    draws: E-steps with fresh states and actions that one M-step fits.
    """

    samples: int | None
    epsilon: float
    fitted: bool
    batch: int = 24
    draws: int = 1


@dataclass
class Run:
    """R runs under way.

    policy: pi_i, shape [R, S, K]; q_values: Q, same shape; states: where the
    environments stand, int64, shape [R, E]; replay: the last sequences, each
    (states [R, E, T + 1], actions [R, E, T], ln b [R, E, T]).
    """

    mdp: tabular.Mdp
    policy: Tensor
    q_values: Tensor
    states: Tensor
    source: torch.Generator
    replay: list[tuple[Tensor, Tensor, Tensor]] = dataclasses.field(
        default_factory=list
    )


def start(mdp: tabular.Mdp, policy: Tensor, seed: int) -> Run:
    """Begins runs with environments in random states and Q = 0."""
    source = torch.Generator().manual_seed(seed)
    shape = (len(policy), SEQUENCES)
    states = torch.randint(policy.shape[1], shape, generator=source)
    return Run(mdp, policy, torch.zeros_like(policy), states, source)


def iterate(run: Run, settings: Settings) -> None:
    """Carries all runs one iteration further."""
    collect(run)
    if settings.fitted:
        for _ in range(FITS):
            run.q_values = fit(run)
    else:
        run.q_values = tabular.action_values(run.mdp, run.policy)
    run.policy = m_step(*e_step_on_replay(run, settings), run.policy, settings.epsilon)


def collect(run: Run) -> None:
    """Appends one sequence of each environment, acted with pi_i."""
    rows = torch.arange(len(run.states)).unsqueeze(1)
    states, actions = [run.states], []
    for _ in range(LENGTH):
        actions.append(_draw(run.policy[rows, states[-1]], run.source))
        moves = run.mdp.transitions[rows, states[-1], actions[-1]]
        states.append(_draw(moves, run.source))
    run.states = states[-1]
    visited, chosen = torch.stack(states, -1), torch.stack(actions, -1)
    log_prob = run.policy[rows.unsqueeze(-1), visited[..., :-1], chosen].log()
    run.replay = [*run.replay, (visited, chosen, log_prob)][-KEPT:]


def fit(run: Run) -> Tensor:
    """Returns Q: the mean Retrace target of each (s, a) of the replay, else Q'."""
    states, actions, behaviour = (
        torch.cat(part, 1) for part in zip(*run.replay, strict=True)
    )
    rows = torch.arange(len(states)).reshape(-1, 1, 1)
    before = states[..., :-1]
    rewards = run.mdp.rewards[rows, before, actions]
    log_prob = run.policy[rows, before, actions].log()
    table = (run.policy * run.q_values).sum(-1)
    targets = retrace.retrace(
        rewards=rewards.flatten(0, 1),
        discounts=torch.full_like(rewards, run.mdp.discount).flatten(0, 1),
        values=table[rows, states].flatten(0, 1),
        q_values=run.q_values[rows, before, actions].flatten(0, 1),
        log_ratios=(log_prob - behaviour).flatten(0, 1),
        valid=torch.ones_like(rewards).flatten(0, 1),
    )
    where = (before * run.policy.shape[2] + actions).flatten(1)
    total = torch.zeros_like(run.q_values).flatten(1)
    count = total.scatter_add(1, where, torch.ones_like(rewards).flatten(1))
    total = total.scatter_add(1, where, targets.reshape(where.shape))
    mean = (total / count.clamp(min=1)).reshape(run.q_values.shape)
    return torch.where(count.reshape(mean.shape) > 0, mean, run.q_values)


def e_step_on_replay(run: Run, settings: Settings) -> tuple[Tensor, Tensor]:
    """Returns q at the batch's states as a table, [R, S, K], and their counts, [R, S].

    In states that the batch does not hold, q is pi_i.
    """
    totals = torch.zeros_like(run.policy)
    counts = torch.zeros_like(run.policy[..., 0])
    visited = torch.cat([states[..., :-1] for states, *_ in run.replay], 1).flatten(1)
    for _ in range(settings.draws):
        places = torch.randint(
            visited.shape[1], (len(visited), settings.batch), generator=run.source
        )
        states = visited.gather(1, places)
        q = _e_step(run, settings, states)  # [R, B, K]
        where = states.unsqueeze(-1).expand_as(q)
        totals = totals.scatter_add(1, where, q)
        counts = counts.scatter_add(1, states, torch.ones_like(q[..., 0]))
    mean = totals / counts.clamp(min=1).unsqueeze(-1)
    return torch.where(counts.unsqueeze(-1) > 0, mean, run.policy), counts


def _e_step(run: Run, settings: Settings, states: Tensor) -> Tensor:
    """Returns q of a batch of states [R, B] as probabilities, shape [R, B, K]."""
    rows = torch.arange(len(states)).unsqueeze(1)
    policy, q_values = run.policy[rows, states], run.q_values[rows, states]
    count = settings.samples or REFERENCE_SAMPLES
    flat = policy.flatten(0, 1)
    actions = torch.multinomial(flat, count, replacement=True, generator=run.source)
    actions = actions.reshape(*states.shape, count)
    samples = q_values.gather(-1, actions).mT  # [R, N, B]
    find = torch.vmap(e_step.optimal_temperature, in_dims=(0, None))
    temperature = find(samples, settings.epsilon)
    if settings.samples is None:
        return torch.vmap(tabular.improved)(q_values, policy, temperature)
    weights = torch.vmap(e_step.weights)(samples, temperature).mT  # [R, B, N]
    return torch.zeros_like(policy).scatter_add(-1, actions, weights)


def m_step(q: Tensor, counts: Tensor, policy: Tensor, epsilon: float) -> Tensor:
    """Fits a table to q inside the trust region, shape [R, S, K].

    max E_s[sum_a q ln pi - lambda KL(pi_i || pi)] has the solution
    pi = (q + lambda pi_i) / (1 + lambda): a mixture, whose lambda meets the bound.

    Args:
      q: of the E-step, shape [R, S, K].
      counts: weights of the states, shape [R, S].
      policy: pi_i, shape [R, S, K].
      epsilon: bound on the weighted mean of KL(pi_i || pi), nats.
    """
    weights = counts / counts.sum(-1, keepdim=True)
    low = torch.zeros(len(q), 1, 1, dtype=q.dtype)
    high = torch.ones_like(low)
    for step in range(BISECTIONS):
        share = high if step == 0 else 0.5 * (low + high)
        mixed = torch.lerp(policy, q, share)
        # 0 ln 0 = 0, but pi_i > 0 = pi costs infinitely much.
        cost = torch.special.xlogy(policy, policy) - torch.special.xlogy(policy, mixed)
        inside = ((weights * cost.sum(-1)).sum(-1) <= epsilon).reshape(low.shape)
        low = torch.where(inside, share, low)
        high = torch.where(inside, high, share)
    return torch.lerp(policy, q, low)


def _draw(probabilities: Tensor, source: torch.Generator) -> Tensor:
    """Draws one index from the last axis of probabilities [R, E, N]: [R, E]."""
    flat = probabilities.flatten(0, 1)
    found = torch.multinomial(flat, 1, generator=source)
    return found.reshape(probabilities.shape[:-1])
