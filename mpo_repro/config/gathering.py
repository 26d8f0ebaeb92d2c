"""Settings of acting, replay and workers that exclude or demand each other."""

from collections.abc import Iterator

Rules = Iterator[tuple[bool, str]]


def of_updates(recipe) -> Rules:
    """What iterations, or a steady ratio, ask of the schedule of updates."""
    data, length = recipe.data, recipe.policy_evaluation.window
    by_steps = data.steps_per_iteration is not None
    iterates = by_steps or data.episodes_per_iteration is not None
    yield (
        by_steps and data.episodes_per_iteration is not None,
        "data.steps_per_iteration or episodes_per_iteration",
    )
    yield (
        (data.steps_per_update is None) != iterates
        or iterates != (data.updates_per_iteration is not None),
        "data.steps_per_update, or updates_per_iteration and data.steps_per_iteration "
        "or episodes_per_iteration",
    )
    yield (
        by_steps
        and data.steps_per_iteration // (data.environments * data.workers) <= length,
        "data.steps_per_iteration that fill a sequence in each environment",
    )
    yield (
        (data.initial_steps is None) != iterates,
        "data.initial_steps exactly where no iteration says when the first update is",
    )


def of_sequences(recipe) -> Rules:
    """What batches and the buffer have to hold."""
    data, length = recipe.data, recipe.policy_evaluation.sequence_length
    window = recipe.policy_evaluation.window
    yield (
        data.batch_states < length,
        f"a data.batch_states of at least a sequence, {length} (sequence_length)",
    )
    yield (
        data.buffer_size // data.environments <= window,
        "a data.buffer_size that holds what is read for a sequence and its last state "
        f"in each environment, ({window} + 1) * environments = "
        f"{(window + 1) * data.environments}",
    )


def of_workers(recipe) -> Rules:
    """What averaged gradients, or one process with the joint batch, would not share."""
    if recipe.data.workers == 1:
        return
    improvement = recipe.improvement
    yield (
        getattr(improvement, "temperature", "gradient") == "exact",
        "temperature: gradient, where data.workers average gradients: each would "
        "solve for a temperature of its own",
    )
    yield (
        getattr(improvement, "dual", "per_state") == "pooled",
        "a dual other than pooled, where data.workers average gradients: its mean "
        "over states is inside a logarithm",
    )
    yield (
        improvement.states == "non_terminal",
        "states: all, where data.workers average gradients: each leaves out another "
        "number",
    )
    yield (
        recipe.data.normalise_observations,
        "normalise_observations: false, where data.workers share parameters: each "
        "sees other observations",
    )
