"""The generated part of every module's README: examples, inputs, outputs. What is outside the markers is a person's."""

from __future__ import annotations

from pathlib import Path

from headend.errors import HeadendError
from headend.hcl_source import Declaration, declarations

BEGIN = "<!-- BEGIN generated -->"
END = "<!-- END generated -->"
README = "README.md"
SHORT = 40
"""Types and defaults with more characters than this, or with several lines, get a section of their own."""


def write(root: Path) -> list[Path]:
    """Bring the READMEs of all modules up to date; returns those that changed.

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
        if text != readme.read_text(encoding="utf-8"):
            readme.write_text(text, encoding="utf-8")
            changed.append(readme)
    if faults:
        raise HeadendError("\n".join(faults))
    return changed


def check(root: Path) -> list[Path]:
    """The READMEs that are missing, have no markers or are not up to date, relative to `root`; nothing is written."""
    stale = []
    for module in modules(root):
        readme = module / README
        try:
            right = updated(module) == readme.read_text(encoding="utf-8")
        except HeadendError:
            right = False
        if not right:
            stale.append(readme.relative_to(root))
    return stale


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
    return "\n".join([*_examples(module), *_inputs(module), *_outputs(module)]) + "\n"


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
