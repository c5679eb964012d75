"""The generated part of a module's README."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headend import module_docs
from headend.errors import HeadendError
from headend.hcl_source import declarations

VARIABLES = """
# What a caller can set.
variable "zone" {
  description = "A zone, or $${none}; one|two."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of \\"it\\"."
  type        = string

  validation {
    condition     = length(var.name) > 1 # a comment with a } in it
    error_message = "name must be longer."
  }
}

variable "subscriptions" {
  description = "Who is told."
  type = map(object({
    endpoint = string # where
    protocol = optional(string, "email")
  }))
  default = {}
}

variable "services" {
  description = "Services."
  type        = set(string)
  default     = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
}
"""
OUTPUTS = """
output "arn" {
  description = "ARN."
  value       = aws_sns_topic.this.arn

  depends_on = [aws_sns_topic.this]
}
"""
README = "# Topic\n\nWhat it is for.\n\n<!-- BEGIN generated -->\nold\n<!-- END generated -->\n\nMore by hand.\n"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "modules" / "topic"
    example = folder / "examples" / "two_words"
    example.mkdir(parents=True)
    (folder / "variables.tf").write_text(VARIABLES, encoding="utf-8")
    (folder / "outputs.tf").write_text(OUTPUTS, encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")
    (example / "main.tf").write_text('module "topic" {\n  source = "../.."\n}\n', encoding="utf-8")
    (example / "input.json").write_text("{}", encoding="utf-8")
    (example / ".terraform.lock.hcl").write_text("", encoding="utf-8")
    (tmp_path / "modules" / "no_module").mkdir()
    return folder


def test_descriptions_lose_their_escapes(module: Path) -> None:
    described = {variable.name: variable.description for variable in declarations(module, "variable")}
    assert described["zone"] == "A zone, or ${none}; one|two."
    assert described["name"] == 'Name of "it".'


def test_a_type_reads_as_it_is_written_without_the_indentation_of_its_block(module: Path) -> None:
    found = {variable.name: variable for variable in declarations(module, "variable")}
    assert found["subscriptions"].arguments["type"] == (
        'map(object({\n  endpoint = string # where\n  protocol = optional(string, "email")\n}))'
    )


def test_what_is_required_comes_first(module: Path) -> None:
    text = module_docs.generated(module)
    assert '| `name` | Name of "it". | `string` | required |' in text
    rows = [line.split("`")[1] for line in text.partition("## Inputs")[2].splitlines() if line.startswith("| `")]
    assert rows[:4] == ["name", "services", "subscriptions", "zone"]


def test_a_bar_in_a_description_does_not_break_the_table(module: Path) -> None:
    assert "| `zone` | A zone, or ${none}; one\\|two. | `string` | `null` |" in module_docs.generated(module)


def test_long_types_and_defaults_have_a_section_that_the_table_links_to(module: Path) -> None:
    text = module_docs.generated(module)
    assert "| `subscriptions` | Who is told. | [map of object](#subscriptions) | `{}` |" in text
    assert "### subscriptions\n\n```hcl\ntype = map(object({" in text
    assert '### services\n\n```hcl\ndefault = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]\n```' in text
    assert "### zone" not in text


def test_outputs_and_examples_are_shown_with_the_files_beside_them(module: Path) -> None:
    text = module_docs.generated(module)
    assert "| `arn` | ARN. |" in text
    assert '### two words\n\n```hcl\nmodule "topic" {' in text
    assert "Beside it: [input.json](examples/two_words/input.json)." in text
    assert ".terraform.lock" not in text


def test_what_a_person_wrote_stays(module: Path, tmp_path: Path) -> None:
    assert module_docs.write(tmp_path) == [module / "README.md"]
    text = (module / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# Topic\n\nWhat it is for.\n")
    assert text.endswith("<!-- END generated -->\n\nMore by hand.\n")
    assert "\nold\n" not in text


def test_a_second_writing_changes_nothing_and_the_check_agrees(module: Path, tmp_path: Path) -> None:
    assert module_docs.check(tmp_path) == [Path("modules/topic/README.md")]
    module_docs.write(tmp_path)
    assert module_docs.write(tmp_path) == []
    assert module_docs.check(tmp_path) == []


def test_the_check_finds_a_changed_variable_and_writes_nothing(module: Path, tmp_path: Path) -> None:
    module_docs.write(tmp_path)
    before = (module / "README.md").read_bytes()
    (module / "variables.tf").write_text(VARIABLES.replace("Who is told.", "Who hears."), encoding="utf-8")
    assert module_docs.check(tmp_path) == [Path("modules/topic/README.md")]
    assert (module / "README.md").read_bytes() == before


def test_a_readme_without_markers_or_missing_is_named_after_the_others_are_written(
    module: Path, tmp_path: Path
) -> None:
    for name, text in (("alone", None), ("bare", "# Bare\n")):
        folder = tmp_path / "modules" / name
        folder.mkdir()
        (folder / "outputs.tf").write_text(OUTPUTS, encoding="utf-8")
        if text:
            (folder / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(HeadendError) as error:
        module_docs.write(tmp_path)
    assert "\nold\n" not in (module / "README.md").read_text(encoding="utf-8"), "the others are written first"
    first, second = str(error.value).splitlines()
    assert "alone/README.md: is missing" in first
    assert "bare/README.md: has no place for the generated part" in second
    assert "BEGIN generated" in second
    assert module_docs.check(tmp_path) == [Path("modules/alone/README.md"), Path("modules/bare/README.md")]


def test_hcl_that_does_not_parse_is_named(module: Path) -> None:
    (module / "outputs.tf").write_text('output "x" {', encoding="utf-8")
    with pytest.raises(HeadendError, match=r"outputs\.tf: .*terraform validate"):
        declarations(module, "output")


WORK = {"Comment": "Does it.", "StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}


def test_a_workflow_is_drawn_beside_its_definition_and_the_readme_shows_it(module: Path, tmp_path: Path) -> None:
    definition = module / "rendered" / "some_work.asl.json"
    definition.parent.mkdir()
    definition.write_text(json.dumps(WORK), encoding="utf-8")
    drawing = definition.with_name("some_work.svg")
    assert module_docs.check(tmp_path) == [
        Path("modules/topic/README.md"),
        Path("modules/topic/rendered/some_work.svg"),
    ]
    assert module_docs.write(tmp_path) == [drawing, module / "README.md"]
    readme = (module / "README.md").read_text(encoding="utf-8")
    assert "### some work\n\nDoes it.\n\n![The states of some work](rendered/some_work.svg)\n" in readme
    assert drawing.read_text(encoding="utf-8").startswith("<svg ")
    definition.write_text(json.dumps({**WORK, "Comment": "Does more."}), encoding="utf-8")
    assert drawing.relative_to(tmp_path) in module_docs.check(tmp_path)


def test_a_drawing_of_many_states_is_folded(module: Path) -> None:
    states = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(41)} | {"S41": {"Type": "Succeed"}}
    (module / "rendered").mkdir()
    (module / "rendered" / "long.asl.json").write_text(
        json.dumps({"StartAt": "S0", "States": states}), encoding="utf-8"
    )
    text = module_docs.generated(module)
    assert "<summary>The drawing: 42 states</summary>\n\n![The states of long](rendered/long.svg)\n\n</details>" in text
