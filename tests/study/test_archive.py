"""Archives: the same bytes from the same files, all of it back, nothing damaged."""

import io
import json
import os
import tarfile

import pytest

from mpo_repro.config import ConfigError, load_study
from mpo_repro.study import archive

FINISHED = '{"finished": true}'


@pytest.fixture
def study(project):
    """The study `tiny` with one finished run and a report."""
    found = load_study("tiny")
    run = found.runs()[0]
    write(project.root / run.marker, FINISHED)
    write(project.root / run.folder / "run.json", "{}")
    for name in ("curve.parquet", "checkpoint/state-1.safetensors", ".lock"):
        write(project.root / run.folder / name, name)
    for name in ("data/runs.parquet", "figures/a.svg", "report.html", "manifest.json"):
        write(project.root / "results" / "tiny" / name, name)
    write(project.root / "requirements.lock", "torch==2.13.0\n")
    return found


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def made(study, project, name="tiny.tar"):
    out = project.root / name
    archive.archive(study, out)
    return out


def test_it_holds_the_study_and_no_checkpoint(study, project):
    with tarfile.open(made(study, project)) as tar:
        names = tar.getnames()
    run = study.runs()[0].folder.as_posix()
    assert names[:2] == ["manifest.json", "requirements.lock"]
    assert set(names) == {
        "manifest.json",
        "requirements.lock",
        "paper_configs/recipes/paper.yaml",
        "paper_configs/studies/tiny.yaml",
        f"{run}/steps-3000.done.json",
        f"{run}/run.json",
        f"{run}/curve.parquet",
        "results/tiny/data/runs.parquet",
        "results/tiny/figures/a.svg",
        "results/tiny/report.html",
        "results/tiny/manifest.json",
    }


def test_the_same_files_give_the_same_bytes(study, project):
    first = made(study, project, "first.tar").read_bytes()
    for path in project.root.rglob("*"):
        os.utime(path, (1e9, 1e9))
    (project.root / "results/tiny/report.html").chmod(0o600)
    assert made(study, project, "second.tar").read_bytes() == first


def test_everything_comes_back(study, project, tmp_path_factory):
    file, elsewhere = made(study, project), tmp_path_factory.mktemp("elsewhere")
    manifest = archive.restore(file, elsewhere)
    assert (manifest["finished"], manifest["runs"]) == (1, 8)
    for member in manifest["files"]:
        path = member["path"]
        assert (elsewhere / path).read_bytes() == (project.root / path).read_bytes()
    assert not list(elsewhere.rglob(".*"))
    runs = (elsewhere / study.runs()[0].marker).stat().st_mtime_ns
    data = (elsewhere / "results/tiny/data/runs.parquet").stat().st_mtime_ns
    page = (elsewhere / "results/tiny/report.html").stat().st_mtime_ns
    assert runs < data < page, "or Snakemake would make them again"
    assert archive.restore(file, elsewhere) == manifest, "a second time does no harm"


def test_nothing_is_replaced(study, project, tmp_path_factory):
    file, elsewhere = made(study, project), tmp_path_factory.mktemp("elsewhere")
    write(elsewhere / "results/tiny/report.html", "mine")
    with pytest.raises(ConfigError, match="report.html.*another content"):
        archive.restore(file, elsewhere)
    assert [path.name for path in elsewhere.rglob("*") if path.is_file()] == [
        "report.html"
    ]


def rewritten(file, change):
    """A copy of an archive whose members have gone through `change(name, content)`."""
    other = file.with_name("other.tar")
    with tarfile.open(file) as old, tarfile.open(other, "w") as new:
        for member in old.getmembers():
            content = change(member.name, old.extractfile(member).read())
            if content is not None:
                header = tarfile.TarInfo(member.name)
                header.size = len(content)
                new.addfile(header, io.BytesIO(content))
    return other


@pytest.mark.parametrize("change", [lambda text: text + b"x", lambda text: None])
def test_damage_is_seen_before_anything_is_written(study, project, tmp_path, change):
    def damage(name, content):
        return change(content) if name.endswith("report.html") else content

    file = rewritten(made(study, project), damage)
    with pytest.raises(ConfigError, match="report.html: given missing or damaged"):
        archive.restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "path",
    ["../results/x", "results/../../x", "/results/x", "x", "results//x", "Makefile"],
)
def test_a_path_that_leads_elsewhere_is_refused(study, project, tmp_path, path):
    def lead(name, content):
        if name != archive.MANIFEST:
            return content
        manifest = json.loads(content)
        manifest["files"][0]["path"] = path
        return json.dumps(manifest).encode()

    file = rewritten(made(study, project), lead)
    with pytest.raises(ConfigError, match="path: given"):
        archive.restore(file, tmp_path / "new")


def test_a_link_in_place_of_a_file_is_refused(study, project, tmp_path):
    file = made(study, project)
    other = tmp_path / "other.tar"
    with tarfile.open(file) as old, tarfile.open(other, "w") as new:
        for member in old.getmembers():
            if member.name.endswith("report.html"):
                member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc", 0
            new.addfile(member, old.extractfile(member) if member.size else None)
    with pytest.raises(ConfigError, match="missing or damaged"):
        archive.restore(other, tmp_path / "new")


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 10240])
def test_what_is_no_archive_is_refused(tmp_path, content):
    file = tmp_path / "x.tar"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        archive.restore(file, tmp_path / "new")
    with pytest.raises(ConfigError):
        archive.restore(tmp_path / "none.tar")


def test_a_cut_off_archive_is_refused(study, project, tmp_path):
    file = made(study, project)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ConfigError):
        archive.restore(file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_another_format_is_refused(study, project, tmp_path):
    def change(name, content):
        return content.replace(b'"format": 1', b'"format": 2')

    file = rewritten(made(study, project), change)
    with pytest.raises(ConfigError, match="format: given 2; allowed: 1"):
        archive.restore(file, tmp_path / "new")


def test_without_a_finished_run_there_is_nothing_to_archive(project):
    with pytest.raises(ConfigError, match="none finished"):
        archive.archive(load_study("tiny"), project.root / "tiny.tar")
    assert not (project.root / "tiny.tar").exists()


def test_what_verdicts_and_parts_are_made_from_is_in_it(project, claim):
    tiny = (project.root / "paper_configs/studies/tiny.yaml").read_text()
    whole = tiny.replace("name: tiny", "name: whole") + "parts: {tiny: {}}\n"
    project.write("studies/whole.yaml", whole)
    project.write("claims/registered.json", "{}")
    study = load_study("whole")
    for run in study.runs():
        write(project.root / run.marker, FINISHED)
    with tarfile.open(made(study, project)) as tar:
        names = {n for n in tar.getnames() if n.startswith("paper_configs/")}
    assert names == {
        "paper_configs/claims/c1.yaml",
        "paper_configs/claims/registered.json",
        "paper_configs/recipes/paper.yaml",
        "paper_configs/studies/tiny.yaml",
        "paper_configs/studies/whole.yaml",
    }


def test_a_study_in_another_size_brings_the_file_it_is_read_from(project, study):
    project.edit("studies/tiny.yaml", "arms:", "budgets:\n  one: {seeds: [7]}\narms:")
    other = load_study("tiny:one")
    write(project.root / other.runs()[0].marker, FINISHED)
    with tarfile.open(made(other, project)) as tar:
        assert "paper_configs/studies/tiny.yaml" in tar.getnames()


def test_a_study_from_elsewhere_is_refused(project, study, tmp_path_factory):
    text = (project.root / "paper_configs/studies/tiny.yaml").read_text()
    file = tmp_path_factory.mktemp("elsewhere") / "tiny.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match="tiny.yaml: given elsewhere"):
        made(load_study(file), project)
