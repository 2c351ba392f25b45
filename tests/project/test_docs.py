"""The pages beside the course agree with it and with each other: versions, links, Pythons, forms, hooks."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml  # jupytext brings it

import coursekit

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def read_yaml(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_newest_version_of_the_changelog_is_this_one():
    headings = re.findall(
        r"^## (?:Unreleased \()?(\d+\.\d+\.\d+)\)?", read("CHANGELOG.md"), re.MULTILINE
    )
    assert headings[0] == coursekit.__version__
    assert headings == sorted(headings, key=lambda v: [*map(int, v.split("."))], reverse=True)


def test_the_citation_is_of_this_version_and_licence():
    citation = read_yaml(ROOT / "CITATION.cff")
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert citation["version"] == coursekit.__version__
    assert " AND ".join(citation["license"]) == project["license"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


def links(page):
    """The files that a page links to, without addresses elsewhere and places within a page."""
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    return [link.partition("#")[0] for link in found if not re.match(r"https?:|#", link)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    assert [link for link in links(page) if not (page.parent / link).is_file()] == []


def test_the_test_reads_links(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[a](b.md), ![c](d/e.png), [f](g.md#h), [i](#j), [k](https://example.org/l)")
    assert links(page) == ["b.md", "d/e.png", "g.md"]


def test_every_place_in_the_contributing_guide_is_there():
    places = re.findall(r"^\| ((?:`[^`|]+/` ?)+)\|", read("CONTRIBUTING.md"), re.MULTILINE)
    folders = [folder for place in places for folder in re.findall(r"`([^`]+)`", place)]
    assert {"coursekit/models/", "tests/", "exercises/"} <= set(folders)
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_the_same_pythons_are_named_everywhere():
    spec = importlib.util.spec_from_file_location("environment", ROOT / "tools" / "environment.py")
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    tested = [f"{major}.{minor}" for major, minor in environment.TESTED]
    classifiers = tomllib.loads(read("pyproject.toml"))["project"]["classifiers"]
    assert [c.split(" :: ")[-1] for c in classifiers if ":: Python :: 3." in c] == tested
    for job in read_yaml(WORKFLOW)["jobs"].values():
        assert job["strategy"]["matrix"]["python"] == tested


def test_the_workflow_may_only_read_and_ends():
    workflow = read_yaml(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job
        assert "permissions" not in job
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_asks_for_chapter_and_cell(form):
    asked = read_yaml(form)
    assert {"name", "description", "body"} <= set(asked)
    ids = [field["id"] for field in asked["body"]]
    assert len(set(ids)) == len(ids)
    assert asked["body"][0]["attributes"]["label"] == "Chapter and cell"


def test_hooks_call_what_the_tests_call():
    (repo,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repo["repo"] == "local"  # nothing is fetched
    assert {hook["language"] for hook in repo["hooks"]} == {"system"}
    entries = " ".join(hook["entry"] for hook in repo["hooks"])
    for tool in ("ruff check", "ruff format", "tools/hygiene.py", "coursekit build --check"):
        assert tool in entries
