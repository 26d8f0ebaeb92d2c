"""mpo-repro video: an episode of a trained policy, to look at."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder

EXAMPLES = (
    "mpo-repro video results/runs/cartpole-swingup/HASH/seed-0",
    "mpo-repro video RUN --seed 7 --out clip",
    "mpo-repro video my-policy",
)
INSTALL = "python -m pip install 'mpo_repro[video]'"


def video(
    run: Annotated[Path, typer.Argument(help="A run folder, or an exported policy.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Files without their ending; RUN/video if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the episode's start.")] = 0,
) -> None:
    """Film an episode of the mean action: mp4 and gif, below 1 MB each.

    Needs no display: EGL or OSMesa is found by itself, or the line says what to
    install. Exit code 1 if nothing draws here.
    """
    _folder.require(run)
    from mpo_repro.artifacts import renderer

    try:
        renderer.use()  # before anything imports MuJoCo
    except renderer.NoRendererError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    base = out or run / "video"
    _folder.made(base.parent)
    clip, clips = _film(run, seed)
    typer.echo(f"return {clip.episode_return:.1f}, {len(clip.frames)} frames")
    for ending, write in ((".mp4", clips.write_mp4), (".gif", clips.write_gif)):
        path = base.with_name(base.name + ending)
        write(clip.frames, clip.seconds, path)
        typer.echo(f"{path}  {path.stat().st_size / 1e3:.0f} kB")


def _film(run: Path, seed: int):
    from mpo_repro.config import ConfigError

    try:
        import av  # noqa: F401

        from mpo_repro.artifacts import clips, video
    except ModuleNotFoundError as error:
        if error.name not in ("av", "PIL"):
            raise
        given = f"no module {error.name}"
        raise ConfigError("video", "", given, f"first: {INSTALL}") from None
    from mpo_repro.artifacts.policy import load_policy

    return video.film(load_policy(run), seed), clips
