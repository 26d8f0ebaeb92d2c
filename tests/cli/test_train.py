"""`mpo-repro train` and `evaluate`: what is refused, Ctrl-C, and going on."""

import re
import select
import signal
import subprocess
import sys
import time

import pytest

from mpo_repro.cli import app

SMALL = (
    "policy.hidden=[8]",
    "critic.hidden=[8]",
    "data.batch_states=12",
    "improvement.samples=3",
    "data.initial_steps=100",
)
SETTINGS = [part for text in SMALL for part in ("--set", text)]


def arguments(out, steps=600, *more):
    """A small run of the recipe `paper`."""
    fixed = ["train", "--task", "cartpole-swingup", "--recipe", "paper", *SETTINGS]
    budget = ["--steps", str(steps), "--evaluation-interval", "600"]
    shown = ["--evaluation-episodes", "1", "--execution", "plain"]
    return [*fixed, *budget, *shown, "--out", str(out), *more]


@pytest.fixture
def command(project, capsys):
    """Runs a command in this process: exit code, lines on stdout and on stderr."""

    def call(given):
        with pytest.raises(SystemExit) as end:
            app.main([str(part) for part in given])
        told = capsys.readouterr()
        lines = told.out.splitlines(), told.err.splitlines()
        return end.value.code or 0, *lines

    return call


def in_a_process(given):
    code = "from mpo_repro.cli.app import main; main()"
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code, *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            ["--task", "cartpole-swing"],
            "given cartpole-swing.*cartpole-swingup",
        ),
        (["--backend", "mujoco"], "--backend: given mujoco.*envpool"),
        (["--execution", "quick"], "--execution: given quick.*compiled"),
        (["--recipe", "papper"], "papper.*paper"),
        (["--set", "policy.hiden=[8]"], "policy.hiden.*policy.hidden"),
        (["--set", "improvement.epsilon=-1"], "improvement.epsilon: given -1"),
        (["--set", "data.buffer_size=10"], "buffer_size"),
        (["--study", "tiny", "--steps", "5"], "--steps: given --study tiny"),
        (["--study", "tiny", "--set", "a=1"], "--set: given --study tiny"),
        (["--study", "tiny", "--arm", "papper"], "papper.*paper"),
        (["--study", "tiny"], "--arm: given nothing.*paper"),
        (["--arm", "paper"], "--arm: given no --study"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(command, given, told):
    common = [] if "--task" in given else ["--task", "reacher-easy"]
    if not {"--study", "--recipe"} & set(given):
        common += ["--recipe", "paper"]
    code, out, err = command(["train", *common, *given])
    assert (code, out, len(err)) == (2, [], 1)
    assert re.search(told, err[0])


def test_a_configuration_is_refused_without_torch(project):
    code = (
        "import sys\n"
        "from mpo_repro.cli import app\n"
        "try: app.main(['train', '--task', 'a-b', '--recipe', 'paper'])\n"
        "except SystemExit as end: assert end.code == 2\n"
        "print('heavy:', *(sys.modules.keys() & {'torch', 'envpool', 'pandas'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "heavy:"


def test_a_run_is_trained_evaluated_and_its_folder_kept(command, tmp_path):
    out = tmp_path / "run"
    assert command(arguments(out))[:2] == (0, [f"finished: {out}"])
    assert command(arguments(out))[0] == 0
    code, lines, _ = command(["evaluate", out, "--episodes", "1"])
    assert code == 0
    assert [line.split()[0] for line in lines] == ["mean", "sampled"]
    assert command(["evaluate", out, "--episodes", "1"])[1] == lines
    code, _, err = command(arguments(out, 600, "--seed", "1"))
    assert (code, len(err)) == (2, 1)
    assert "belongs to run" in err[0]
    assert "--out" in err[0]


def test_a_damaged_checkpoint_is_refused_by_both_commands(command, tmp_path):
    out = tmp_path / "run"
    command(arguments(out, 120))
    for state in (out / "checkpoint").glob("state-*"):
        state.write_bytes(state.read_bytes()[:-1])
    for given in (arguments(out, 240), ["evaluate", out]):
        code, _, err = command(given)
        assert (code, len(err)) == (2, 1)
        assert "state-1.safetensors" in err[0]


def test_evaluate_refuses_what_is_no_run(command, tmp_path):
    for content in (None, "{}", "[", '{"task": 1, "backend": 1, "hash": 1, "seed": 1}'):
        if content is not None:
            (tmp_path / "run.json").write_text(content)
        code, _, err = command(["evaluate", tmp_path])
        assert (code, len(err)) == (2, 1)
        assert "run.json" in err[0]


def test_a_study_gives_budget_and_folder(command, project):
    project.edit("studies/tiny.yaml", "steps: 3000", "steps: 200")
    project.edit("studies/tiny.yaml", "interval: 1000", "interval: 200")
    project.edit("recipes/paper.yaml", "initial_steps: 1000", "initial_steps: 150")
    given = ["train", "--study", "tiny", "--arm", "wide", "--task", "reacher-easy"]
    code, out, err = command([*given, "--seed", "7", "--execution", "plain"])
    assert code == 0, err
    assert re.fullmatch(
        r"finished: results/runs/reacher-easy/[0-9a-f]{12}/seed-7", out[0]
    )
    assert len(list(project.root.glob("results/runs/*/*/*/steps-200.done.json"))) == 1


def test_events_are_written_beside_the_tables(command, tmp_path):
    pytest.importorskip("tensorboard")
    out = tmp_path / "run"
    assert command(arguments(out, 600, "--tensorboard"))[0] == 0
    (events,) = (out / "tensorboard").glob("events.*")
    assert b"return/sampled" in events.read_bytes()


def test_without_tensorboard_the_option_is_refused(command, tmp_path, monkeypatch):
    from mpo_repro.artifacts import events

    monkeypatch.setattr(events, "find_spec", lambda name: None)
    code, _, err = command(arguments(tmp_path / "run", 600, "--tensorboard"))
    assert (code, len(err)) == (2, 1)
    assert "mpo_repro[tensorboard]" in err[0]
    assert not (tmp_path / "run").exists()


def test_ctrl_c_saves_and_the_same_command_goes_on(command, project, tmp_path):
    steps = 100_000_000  # it cannot end by itself
    out = tmp_path / "run"
    running = in_a_process(arguments(out, steps))
    try:
        readable, _, _ = select.select([running.stderr], [], [], 60)
        assert readable, "no progress after a minute"
        assert "steps" in running.stderr.readline()
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert stdout == ""
    last = stderr.splitlines()[-1]
    assert last == f"saved in {out}; the same command goes on"
    assert "Traceback" not in stderr
    (segment,) = (out / "checkpoint").glob("replay-*.bin")
    rows = int(segment.stem.split("-")[2])  # per environment, of which there are four
    code, lines, _ = command(arguments(out, 4 * rows + 400))
    assert (code, lines) == (0, [f"finished: {out}"])
    segments = [path.name for path in (out / "checkpoint").glob("replay-*.bin")]
    assert segment.name in segments, "it went on, it did not begin anew"
    assert len(segments) == 2
