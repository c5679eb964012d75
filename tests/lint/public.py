"""The public definitions that the linter is tried on: which repositories, at which commits. None is kept here.

A definition is a JSON or YAML file that holds an object with StartAt and States, or such a block of JSON in a Markdown
file (named `<path>#<number of the block>`).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from corpus.manifest import NoCheckoutError, checkout
from headend.asl import source
from headend.asl.source import Document, SourceError

REPOSITORIES = {
    "aws-samples/step-functions-workflows-collection": "90a90cdccbe26efe7ac6b19f7a3f15d5c1c46f97",
    "aws-samples/serverless-patterns": "eaf53a8058d4d1bcafbd54f1714ee0142070780a",
    "aws-samples/aws-stepfunctions-examples": "468d4633f33f4724305da7166a07c3d537030312",
    "aws-samples/aws-step-functions-twitch-series": "9dfef61234a26300ecd8c6c95f2da52fcced05f6",
    "aws-samples/the-aws-step-functions-workshop": "00c7dae7efcd74a9087abe6093a21e396ab22268",
    "aws/aws-sam-cli-app-templates": "22838fe404a9a41151f13a05b90ce080c4b9dc43",
    "awsdocs/aws-step-functions-developer-guide": "3d6752c179885aa864a2a49eb47a8131b5004aa0",
    "compugen-ltd/aws-stepfunctions-toolkit": "d51ae0ae2ead96ecb8eac602995509be0768917d",
    "guyernest/step-functions-agent": "17e72c65216ce088a4178c464b9a46e40d15eec1",
}
_BLOCK = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Public:
    """One definition: where it comes from, and its text as a file of that name would hold it."""

    repository: str
    commit: str
    path: str
    text: str

    @property
    def name(self) -> Path:
        """What findings call it: <repository>/<path>."""
        return Path(self.repository) / self.path


def definitions(checkouts: Path) -> Iterator[Public]:
    """All definitions, each text once. Raises NoCheckoutError where a repository is not there."""
    seen: set[str] = set()
    for repository, commit in REPOSITORIES.items():
        for found in _of(repository, commit, checkout(repository, checkouts)):
            digest = sha256(found.text.encode()).hexdigest()
            if digest not in seen:
                seen.add(digest)
                yield found


def _of(repository: str, commit: str, place: Path) -> Iterator[Public]:
    for path in _git(place, "grep", "-l", "-z", "StartAt", commit, "--", "*.json", "*.yaml", "*.yml", "*.md").split(
        "\0"
    ):
        _, _, name = path.partition(":")
        if not name or "node_modules" in name:
            continue
        text = _git(place, "show", f"{commit}:{name}")
        if name.endswith(".md"):
            for number, block in enumerate(_BLOCK.findall(text)):
                if _is_definition(block, Path("block.json")):
                    yield Public(repository, commit, f"{name}#{number}.json", block)
        elif _is_definition(text, Path(PurePosixPath(name).name)):
            yield Public(repository, commit, name, text)


def _is_definition(text: str, path: Path) -> bool:
    """Whether it is one, as far as it can be read."""
    try:
        document: Document = source.parse(text, path)
    except SourceError:
        return False
    return {"StartAt", "States"} <= document.value.keys()


def _git(place: Path, *command: str) -> str:
    done = subprocess.run(["git", "-C", str(place), *command], capture_output=True, text=True, check=False)
    if done.returncode > 1 or (done.returncode == 1 and command[0] != "grep"):
        raise NoCheckoutError(f"{place.name}: {done.stderr.strip()[:160]}")
    return done.stdout
