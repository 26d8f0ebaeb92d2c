"""Films in the page: of which run, how embedded, and how they are made again."""

import json
import shutil

import pytest

from mpo_repro.analysis import tables
from mpo_repro.analysis.collect import write_checksums
from mpo_repro.analysis.results import load
from mpo_repro.report import films, manifest, page

GIF = b"GIF89a made up"


@pytest.fixture
def folder(drawn, tmp_path):
    """A copy of the study with figures and a film of one task."""
    made = shutil.copytree(drawn, tmp_path / "results" / "made")
    (made / films.FOLDER).mkdir()
    (made / films.path("walker-walk")).write_bytes(GIF)
    return made


def test_the_best_run_has_the_highest_score_of_the_mean_action(results):
    scores = results.final_scores("mean").query("task == 'walker-walk'")
    best = scores.loc[scores["score"].idxmax()]
    found = films.best_runs(results).loc["walker-walk"]
    assert (found["arm"], found["seed"]) == (best["arm"], best["seed"])
    assert found["score"] == best["score"]


def test_the_command_names_the_run_s_folder_and_the_film(results):
    found = films.best_runs(results).loc["walker-walk"]
    run = f"results/runs/walker-walk/{found['hash']}/seed-{found['seed']}"
    assert films.command(results, "walker-walk", "reports/made") == (
        f"mpo-repro video {run} --out reports/made/clips/walker-walk"
    )
    assert films.command(results, "no-such", "reports/made") is None


def test_a_film_that_is_there_is_shown_and_in_the_manifest(folder):
    html = page.write(load(folder)).read_text("utf-8")
    assert html.count("data:image/gif;base64,R0lGODlhIG1hZGUgdXA=") == 1
    assert 'id="film-walker-walk"' in html
    assert 'id="film-cartpole-swingup"' not in html
    listed = json.loads((folder / manifest.FILE).read_text())["files"]
    command = listed["clips/walker-walk.gif"]["command"]
    assert command.endswith("--out results/made/clips/walker-walk")


def test_a_film_that_is_too_large_is_linked(folder):
    (folder / films.path("walker-walk")).write_bytes(GIF * films.LARGEST)
    html = page.write(load(folder)).read_text("utf-8")
    assert "data:image/gif" not in html
    assert 'href="clips/walker-walk.gif"' in html


def test_a_study_without_films_has_no_such_section(results, folder):
    shutil.rmtree(folder / films.FOLDER)
    assert 'id="films"' not in page.write(load(folder)).read_text("utf-8")


def test_without_evaluations_of_the_mean_action_sampled_ones_count(folder):
    curves = tables.read("curves", folder / "data")
    tables.write(curves[curves["kind"] != "mean"], "curves", folder / "data")
    write_checksums(folder / "data")
    results = load(folder)
    scores = results.final_scores("sampled").query("task == 'walker-walk'")
    assert films.best_runs(results).loc["walker-walk", "score"] == scores["score"].max()
