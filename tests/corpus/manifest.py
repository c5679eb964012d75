"""The list of public definitions: what to fetch, how to run it, what has to come out. Nothing of them is kept here."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MANIFEST = Path(__file__).with_name("definitions.yaml")


class NoCheckoutError(Exception):
    """The folder of checkouts has no such repository, commit or file."""


@dataclass(frozen=True)
class Call:
    """One call of an SDK: `service.operation(**parameters)`; `has` is what its answer holds."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)
    has: Any = None


@dataclass(frozen=True)
class Expected:
    """How an execution ends. Only what is given is compared.

    states: the names of the states entered, in order; visited: how often each was entered, in any order;
    has: what the output holds; refused: the error with which CreateStateMachine refuses the definition.
    """

    status: str = "SUCCEEDED"
    output: Any = None
    has: Any = None
    error: str | None = None
    cause: str | None = None
    states: list[str] | None = None
    visited: dict[str, int] | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Definition:
    """One definition and one run of it."""

    id: str
    repository: str
    commit: str
    path: str
    licence: str
    expected: Expected
    substitutions: dict[str, str] = field(default_factory=dict)
    input: Any = field(default_factory=dict)
    mocks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    machines: dict[str, Any] = field(default_factory=dict)
    setup: list[Call] = field(default_factory=list)
    verify: list[Call] = field(default_factory=list)
    note: str = ""


def load(path: Path = MANIFEST) -> list[Definition]:
    """The definitions of the manifest, in its order."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    sources = listed["repositories"]
    return [_definition(one, sources[one["repository"]]) for one in listed["definitions"]]


def _definition(one: dict[str, Any], source: dict[str, Any]) -> Definition:
    given = dict(one)
    given["expected"] = Expected(**given.pop("expect"))
    for name in ("setup", "verify"):
        given[name] = [Call(**call) for call in given.get(name, [])]
    return Definition(commit=source["commit"], licence=source["licence"], **given)


def text_of(definition: Definition, checkouts: Path) -> str:
    """The definition's text at its commit.

    `checkouts` holds git directories or work trees, each as <owner>+<name>/repo, <owner>/<name>, <owner>+<name>
    or <name>. NoCheckoutError if there is none.
    """
    return file_of(definition.repository, definition.commit, definition.path, checkouts)


def file_of(repository: str, commit: str, path: str, checkouts: Path) -> str:
    """A file of a repository at a commit. NoCheckoutError if there is none."""
    return _git(repository, commit, checkouts, "show", f"{commit}:{path}")


def files_of(repository: str, commit: str, checkouts: Path) -> list[str]:
    """The paths of all files of a repository at a commit. NoCheckoutError if there is none."""
    return _git(repository, commit, checkouts, "ls-tree", "-r", "--name-only", "-z", commit).split("\0")[:-1]


def checkout(repository: str, checkouts: Path) -> Path:
    """Where the checkout of a repository is. NoCheckoutError if there is none."""
    owner, _, name = repository.partition("/")
    for folder in (f"{owner}+{name}/repo", f"{owner}+{name}", f"{owner}/{name}", name):
        if (checkouts / folder).is_dir():
            return checkouts / folder
    raise NoCheckoutError(f"no checkout of {repository}: git clone https://github.com/{repository}")


def _git(repository: str, commit: str, checkouts: Path, *command: str) -> str:
    place = checkout(repository, checkouts)
    shown = subprocess.run(["git", "-C", str(place), *command], capture_output=True, check=False, text=True)
    if shown.returncode != 0:
        raise NoCheckoutError(f"{repository} at {commit[:7]}: {shown.stderr.strip()[:160]}")
    return shown.stdout


def parsed(text: str, substitutions: dict[str, str]) -> dict[str, Any]:
    """A definition, in JSON or YAML as deployment tools read it, with values in place of its ${…}."""
    for name, value in substitutions.items():
        text = text.replace("${" + name + "}", value)
    read: dict[str, Any] = json.loads(json.dumps(yaml.load(text, Loader=_Loader), default=str))
    return read


class _Loader(yaml.SafeLoader):
    """YAML without its dates: a definition has none."""


_Loader.yaml_implicit_resolvers = {
    mark: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for mark, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
