"""The generated part of every module's README: workflows, examples, inputs, outputs. The rest of it is a person's.

A workflow's drawing is an SVG file beside its rendered definition, which the README shows. Mermaid in the README would
not be drawn by the Terraform Registry and most editors, and GitHub makes it small without a way to open it alone.
"""

from __future__ import annotations

from pathlib import Path

from headend.asl import diagram, model
from headend.errors import HeadendError
from headend.hcl_source import Declaration, declarations

BEGIN = "<!-- BEGIN generated -->"
END = "<!-- END generated -->"
README = "README.md"
DEFINITION = ".asl.json"
LEGEND = """\
Dashed: on an error. ↻: how often a state is tried again. Hexagon: Choice; slanted: Pass; one end round: Wait; corners
cut: Fail; on a sheet: Map. Opened alone, a drawing says more where the pointer rests. `headend asl diagram` draws other
definitions, and the path that an execution took."""
LARGE = 40
"""A drawing of more states than this is folded."""
SHORT = 40
"""Types and defaults with more characters than this, or with several lines, get a section of their own."""


def write(root: Path) -> list[Path]:
    """Bring the READMEs of all modules and the drawings in them up to date; returns the files that changed.

    Raises HeadendError, after the others are written, for a module without a README or a README without the markers.
    """
    changed, faults = [], []
    for module in modules(root):
        readme = module / README
        try:
            text = updated(module)
        except HeadendError as error:
            faults.append(str(error))
            continue
        for path, right in {**drawings(module), readme: text}.items():
            if not path.is_file() or right != path.read_text(encoding="utf-8"):
                path.write_text(right, encoding="utf-8")
                changed.append(path)
    if faults:
        raise HeadendError("\n".join(faults))
    return changed


def check(root: Path) -> list[Path]:
    """The READMEs and drawings that are missing, have no markers or are not up to date, relative to `root`."""
    stale = []
    for module in modules(root):
        readme = module / README
        try:
            right = updated(module) == readme.read_text(encoding="utf-8")
        except HeadendError:
            right = False
        if not right:
            stale.append(readme.relative_to(root))
        drawn = drawings(module).items()
        stale += [p.relative_to(root) for p, text in drawn if not p.is_file() or p.read_text(encoding="utf-8") != text]
    return stale


def drawings(module: Path) -> dict[Path, str]:
    """The drawing of each of the module's workflows, by the file that holds it."""
    return {
        path.with_name(f"{_workflow(path)}.svg"): diagram.svg(model.load(path), title=_workflow(path).replace("_", " "))
        for path in _definitions(module)
    }


def _definitions(module: Path) -> list[Path]:
    return sorted((module / "rendered").glob(f"*{DEFINITION}"))


def _workflow(definition: Path) -> str:
    return definition.name.removesuffix(DEFINITION)


def modules(root: Path) -> list[Path]:
    """The folders under modules/ that hold HCL."""
    return sorted(path for path in (root / "modules").iterdir() if any(path.glob("*.tf")))


def updated(module: Path) -> str:
    """The README's text with a fresh generated part. HeadendError where there is no place for it."""
    readme, name = module / README, f"{module.parent.name}/{module.name}/{README}"
    place = f"write what the module is for, then the lines `{BEGIN}` and `{END}`"
    if not readme.is_file():
        raise HeadendError(f"{name}: is missing; {place}")
    head, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise HeadendError(f"{name}: has no place for the generated part; {place}")
    return f"{head}{BEGIN}\n{generated(module)}{END}{tail}"


def generated(module: Path) -> str:
    """What stands between the markers, ending in a newline."""
    return "\n".join([*_workflows(module), *_examples(module), *_inputs(module), *_outputs(module)]) + "\n"


def _workflows(module: Path) -> list[str]:
    definitions = _definitions(module)
    if not definitions:
        return []
    lines = ["## Workflows", "", LEGEND, ""]
    for path in definitions:
        definition, name = model.load(path), _workflow(path)
        title = name.replace("_", " ")
        lines += [f"### {title}", ""]
        comment = definition.root.fields.get("Comment")
        lines += [f"{comment.rstrip('.')}.", ""] if isinstance(comment, str) else []
        image, count = f"![The states of {title}](rendered/{name}.svg)", sum(1 for _ in definition.states())
        folded = ["<details>", f"<summary>The drawing: {count} states</summary>", "", image, "", "</details>", ""]
        lines += folded if count > LARGE else [image, ""]
    return lines


def _examples(module: Path) -> list[str]:
    cases = sorted(path.parent for path in (module / "examples").glob("*/main.tf"))
    if not cases:
        return []
    lines = [
        "## Examples",
        "",
        "In these files `source` points into this repository; from elsewhere it is",
        f'`"git::<address of the repository>//modules/{module.name}?ref=<tag>"`.',
        "",
    ]
    for case in cases:
        lines += [f"### {case.name.replace('_', ' ')}", ""]
        lines += ["```hcl", (case / "main.tf").read_text(encoding="utf-8").strip(), "```", ""]
        beside = sorted(path for path in case.glob("[!.]*") if path.is_file() and path.name != "main.tf")
        if beside:
            links = ", ".join(f"[{path.name}]({path.relative_to(module).as_posix()})" for path in beside)
            lines += [f"Beside it: {links}.", ""]
    return lines


def _inputs(module: Path) -> list[str]:
    variables = sorted(declarations(module, "variable"), key=lambda variable: not variable.required)
    if not variables:
        return []
    lines = ["## Inputs", "", "| name | what | type | default |", "| --- | --- | --- | --- |"]
    for variable in variables:
        kind = variable.arguments.get("type", "any")
        default = "required" if variable.required else _short(variable.name, variable.arguments["default"])
        lines.append(
            f"| `{variable.name}` | {_cell(variable.description)} | {_short(variable.name, kind)} | {default} |"
        )
    lines.append("")
    for variable in variables:
        lines += _long(variable)
    return lines


def _long(variable: Declaration) -> list[str]:
    """A section with what is too long for the table."""
    shown = [name for name in ("type", "default") if not _fits(variable.arguments.get(name, ""))]
    if not shown:
        return []
    text = "\n".join(f"{name} = {variable.arguments[name]}" for name in shown)
    return [f"### {variable.name}", "", "```hcl", text, "```", ""]


def _outputs(module: Path) -> list[str]:
    outputs = declarations(module, "output")
    if not outputs:
        return []
    rows = [f"| `{output.name}` | {_cell(output.description)} |" for output in outputs]
    return ["## Outputs", "", "| name | what |", "| --- | --- |", *rows, ""]


def _fits(text: str) -> bool:
    return len(text) <= SHORT and "\n" not in text


def _short(name: str, text: str) -> str:
    """A table cell: the text as code, or a link to the section that holds it."""
    if _fits(text):
        return f"`{_cell(text)}`"
    kind = text.partition("{")[0].rstrip("([ \n") if text[0] not in "{[" else ""
    word = kind.replace("(", " of ") or "below"
    return f"[{word}](#{name})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
