"""Every link between documents of the repository leads somewhere, to the heading too; each how-to is found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "modules/**/*.md")
    for path in REPOSITORY.glob(pattern)
    if ".terraform" not in path.parts
)
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^()\s<>]+)>?(?: \"[^\"]*\")?\)")
ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:")


def links(document: str) -> Iterator[str]:
    """The targets in the document's own repository."""
    text = CODE.sub("", FENCED.sub("", (REPOSITORY / document).read_text(encoding="utf-8")))
    for target in LINK.findall(text):
        if not ELSEWHERE.match(target):
            yield target


@cache
def headings(path: Path) -> frozenset[str]:
    """The anchors of a document, as GitHub makes them from its headings."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for heading in re.findall(r"^#{1,6} +(.+?)\s*#*$", FENCED.sub("", path.read_text(encoding="utf-8")), re.M):
        plain = re.sub(r"\]\([^)]*\)", "", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.append(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return frozenset(found)


def broken(document: str) -> list[str]:
    """The targets that lead nowhere."""
    found = []
    for target in links(document):
        path, _, anchor = unquote(target).partition("#")
        aim = ((REPOSITORY / document).parent / path if path else REPOSITORY / document).resolve()
        there = aim.is_relative_to(REPOSITORY) and aim.exists()
        if not there or (anchor and aim.suffix == ".md" and anchor not in headings(aim)):
            found.append(target)
    return found


def test_there_are_documents_and_links_to_check() -> None:
    assert {"README.md", "docs/cost.md", "modules/metrics_pipeline/README.md"} <= set(DOCUMENTS)
    assert sum(len(list(links(document))) for document in DOCUMENTS) > 100


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_inside_the_repository_leads_somewhere(document: str) -> None:
    assert broken(document) == []


def test_every_how_to_is_linked_from_another_document() -> None:
    linked = {
        ((REPOSITORY / document).parent / target.partition("#")[0]).resolve()
        for document in DOCUMENTS
        for target in links(document)
        if not target.startswith("#")
    }
    how_tos = [path for path in (REPOSITORY / "docs" / "how-to").glob("*.md") if path.resolve() not in linked]
    assert how_tos == []


def test_every_module_is_in_the_table_of_the_readme() -> None:
    named = set(links("README.md"))
    modules = {path.parent.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("modules/*/versions.tf")}
    assert modules - named == set()


def test_anchors_are_made_as_github_makes_them(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# A `b_c`: d, e!\n## Same\n```\n# not one\n```\n## Same\n## To [x](y.md)\n", encoding="utf-8")
    assert headings(path) == {"a-b_c-d-e", "same", "same-1", "to-x"}
