"""The path of a pull request: workflow, forms and hooks are what the services that read them accept."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from hvae_bench.catalogue.entry_file import KINDS

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


def content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def commands(workflow: Path) -> list[str]:
    """Every command that a workflow runs."""
    steps = [step for job in content(workflow)["jobs"].values() for step in job["steps"]]
    return [line for step in steps for line in step.get("run", "").splitlines()]


def whole(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def words(name: str) -> str:
    """A page without its line breaks."""
    return " ".join(whole(name).split())


# --- what the services accept


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
        ("vendor.citation-file-format", [ROOT / "CITATION.cff"]),
    ],
)
def test_a_file_follows_the_published_schema(schema: str, paths: list[Path]) -> None:
    assert paths
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    command += ["--force-filetype", "yaml", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("check", "name"),
    [("validate-config", ".pre-commit-config.yaml"), ("validate-manifest", ".pre-commit-hooks.yaml")],
)
def test_the_hooks_are_what_pre_commit_accepts(check: str, name: str) -> None:
    command = [sys.executable, "-m", "pre_commit", check, str(ROOT / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# --- forms


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_can_be_filled_in(path: Path) -> None:
    """What the schema leaves open and GitHub refuses: fields without a label, and ids or options that repeat."""
    form = content(path)
    assert form["name"]
    assert form["description"]
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in fields)
    ids = [field["id"] for field in fields]
    assert len(ids) == len(set(ids))
    for field in fields:
        if field["type"] == "dropdown":
            options = field["attributes"]["options"]
            assert len(options) == len(set(options))
            assert all(isinstance(option, str) for option in options), "yes and no need quotes"


def test_forms_differ_by_name() -> None:
    names = [content(path)["name"] for path in FORMS]
    assert len(names) == len(set(names)) == 5


# --- workflows


def test_a_pull_request_runs_what_ci_runs() -> None:
    local = re.findall(r"^make .*$", whole(".ci/run"), re.M)
    assert local
    assert set(local) <= set(commands(GITHUB / "workflows" / "check.yml"))


def test_tests_run_on_every_python_that_the_package_names() -> None:
    project = tomllib.loads(whole("pyproject.toml"))["project"]
    named = re.findall(r":: (3\.\d+)$", "\n".join(project["classifiers"]), re.M)
    tests = content(GITHUB / "workflows" / "check.yml")["jobs"]["tests"]
    # Newer ones may be tried out before the package names them.
    assert tests["strategy"]["matrix"]["python"][: len(named)] == named


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_little_and_trusts_fixed_code_only(path: Path) -> None:
    workflow = content(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    # YAML 1.1 reads the key `on` as true. All of these run the code of the branch that they look at, without secrets.
    assert set(workflow[True]) <= {"push", "pull_request", "schedule", "workflow_dispatch"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"])
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
    # The version that a commit stands for is said beside it.
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.M)) == text.count("uses: ")


# --- hooks


def test_hooks_use_the_ruff_of_make_check() -> None:
    wanted = tomllib.loads(whole("pyproject.toml"))["project"]["optional-dependencies"]
    (hooks,) = (repository["hooks"] for repository in content(ROOT / ".pre-commit-config.yaml")["repos"])
    for hook in hooks:
        if hook["id"].startswith("ruff"):
            assert hook["additional_dependencies"] == [one for one in wanted["dev"] if one.startswith("ruff")]


@pytest.mark.parametrize("path", [f"{kind}/my-entry.yaml" for kind in KINDS])
def test_the_hook_for_others_sees_every_kind(path: str) -> None:
    (hook,) = content(ROOT / ".pre-commit-hooks.yaml")
    for before in ("", "mine/", "deep/er/"):
        assert re.search(hook["files"], before + path)
    for other in (f"mine/{path}.txt", "mine/readme.yaml", f"mine/old-{path}"):
        assert not re.search(hook["files"], other)


def test_the_hook_for_others_starts_a_command_of_the_package() -> None:
    (hook,) = content(ROOT / ".pre-commit-hooks.yaml")
    project = tomllib.loads(whole("pyproject.toml"))["project"]
    assert shlex.split(hook["entry"])[0] in project["scripts"]
    assert f"- id: {hook['id']}" in whole("CONTRIBUTING.md")


# --- what the pages say of it


@pytest.mark.parametrize("name", [content(path)["name"] for path in FORMS[:3]])
def test_contributing_names_the_forms_as_they_are_called(name: str) -> None:
    assert f"*{name}*" in words("CONTRIBUTING.md")


@pytest.mark.parametrize("job", ["entries", "code", "tests"])
def test_contributing_names_the_checks_as_they_are_shown(job: str) -> None:
    shown = content(GITHUB / "workflows" / "check.yml")["jobs"][job]["name"].split(" (")[0]
    assert f"*{shown}*" in words("CONTRIBUTING.md")


def test_a_pull_request_is_asked_for_source_licence_and_checks() -> None:
    template = whole(".github/PULL_REQUEST_TEMPLATE.md")
    assert re.findall(r"^## (.+)$", template, re.M) == ["What", "Source", "Licence", "Checklist"]
    assert template.count("- [ ] ") >= 6


def test_a_mistake_is_shown_at_its_line(tmp_path: Path) -> None:
    """The command of the job `entries`, as a contributor meets it: on a clone whose own catalogue has the mistake."""
    (validate,) = [line for line in commands(GITHUB / "workflows" / "check.yml") if line.startswith("hvae validate")]
    clone = copy_of_the_package(tmp_path / "clone")
    path = sorted((clone / "dataset" / "values").glob("*.yaml"))[0]
    lines = path.read_text(encoding="utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines) if line.startswith("pronouncedness:")]
    lines[number] = "pronouncedness: loud"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "hvae_bench.cli.main", *shlex.split(validate)[1:]]
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    # CONTRIBUTING.md shows this very mistake, as GitHub does and as the command line does.
    ((title, shown),) = re.findall(r"^> \*\*(.*)\*\*\n> (.*)$", whole("CONTRIBUTING.md"), re.M)
    assert re.search(rf"^ +mine/\S+:\d+:\d+: error\[schema\]: {re.escape(shown)}$", whole("CONTRIBUTING.md"), re.M)
    place = rf"file=dataset/values/{path.name},line={number + 1},.*title={re.escape(title.replace(':', '%3A'))}"
    assert re.search(rf"^::error {place}::{re.escape(shown)}$", done.stdout, re.M), done.stdout


def copy_of_the_package(folder: Path) -> Path:
    """Code, data and schemas as a clone holds them, links as links."""
    for name in ("hvae_bench", "scorers", "dataset", "spec"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
