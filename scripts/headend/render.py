"""Jinja templates in, canonical JSON out: state machine definitions, their policies and dashboard widgets.

A template lives in ``asl_templates/`` and ends in ``.json.j2``. Its first comment is its header, YAML:

    <#
    renders: modules/stream_monitor/rendered/stream_monitor.asl.json
    placeholders: [monitor_function_arn, alert_function_arn]
    values: {monitor_timeout_seconds: 30}
    #>

``renders`` is the committed file it becomes, ``placeholders`` are the names that HCL fills in with ``templatefile()``,
and ``values`` are what the template reads, with their defaults; an environment may ask for others.

Beside each definition (``<name>.asl.json``) stand the policy that it needs, ``<name>.policy.json``, and
``<name>.policy.md``, which says why: both derived, see asl/iam. The header tells what a definition cannot say: ``arns``
maps a placeholder, an expression as written (``$.flow_arn``) or an action to the placeholder of its ARN, ``keys`` a
resource's placeholder to that of the KMS key that encrypts it.

The delimiters ``<< value >>``, ``<! statement !>`` and ``<# comment #>`` occur neither in JSON, nor in JSONata
(``{% … %}``, ``{``), nor in Terraform's templates (``${``, ``%{``), nor in EventBridge's input templates (``<name>``).
A value always becomes JSON: the quotes come with it.
"""

from __future__ import annotations

import json
import re
import traceback
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import jinja2
import yaml
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from headend import live_ladder_files
from headend.asl.iam.derived_files import beside, of_every_machine
from headend.asl.iam.settings import Settings
from headend.config_live_ladder import Ladder
from headend.errors import HeadendError, UsageError

TEMPLATES = Path("asl_templates")
SUFFIX = ".json.j2"
PLATFORM = Path("modules/state_machine/rendered")
REGENERATE = ".venv/bin/headend render"
WRITTEN = (".json", ".m3u8", ".md")
"""What an environment's rendered files end in."""

# A mark in the rendered text says which template line follows. JSON allows neither character inside a string.
_MARK_START, _MARK_END = "\x02", "\x03"
_MARK = re.compile(f"{_MARK_START}([^{_MARK_END}]*){_MARK_END}")
_HEADER = re.compile(r"\A\s*<#(.*?)#>", re.DOTALL)
_INTERPOLATION = re.compile(r"(\$+|%+)\{(?:([A-Za-z_][A-Za-z0-9_-]*)\})?")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_JSON_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]')


@dataclass(frozen=True)
class Template:
    """One template and what its header says.

    Attributes:
        name: path below ``asl_templates/``, with forward slashes.
        renders: the committed file, relative to the repository.
        placeholders: names that may stand as ``${name}`` inside its strings.
        values: what the template reads, with the defaults.
        settings: what its policy is derived with: ``arns`` and ``keys``.
    """

    name: str
    renders: Path
    placeholders: frozenset[str]
    values: Mapping[str, Any]
    settings: Settings = field(default_factory=Settings)


class _LineMarks(Extension):
    """Puts a mark before each line of template text, so that an error in the output can name its template line."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens, with marks in those that are text."""
        for token in stream:
            if token.type != "data":
                yield token
                continue
            lines = token.value.split("\n")
            marked = (f"{_MARK_START}{stream.name}:{token.lineno + i}{_MARK_END}{line}" for i, line in enumerate(lines))
            yield Token(token.lineno, "data", "\n".join(marked))


def _to_json(value: Any) -> Markup:
    """Every value that a template writes becomes JSON; what a macro wrote is JSON text already."""
    if isinstance(value, jinja2.Undefined):
        str(value)  # StrictUndefined raises here, with the name in its message
    if isinstance(value, Markup):
        return value
    return Markup(json.dumps(value, ensure_ascii=False, allow_nan=False))  # noqa: S704 - JSON, not a web page


def _environment(root: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(root / TEMPLATES),
        block_start_string="<!",
        block_end_string="!>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        undefined=jinja2.StrictUndefined,
        finalize=_to_json,
        autoescape=True,  # makes macros return Markup, which is how _to_json knows them
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_LineMarks],
    )
    for escape_hatch in ("safe", "forceescape", "escape", "e"):
        environment.filters.pop(escape_hatch)  # nothing may reach the output but as JSON
    return environment


def templates(root: Path) -> list[Template]:
    """All templates of a repository, in the order of their names.

    Raises:
        HeadendError: there are none, a header is missing or wrong, or two templates render one file.
    """
    found: dict[Path, Template] = {}
    paths = sorted((root / TEMPLATES).rglob(f"*{SUFFIX}"))
    if not paths:
        raise HeadendError(f"no template (*{SUFFIX}) below {root / TEMPLATES}: run this from the repository's root")
    for path in paths:
        template = _read_header(root, path)
        if other := found.get(template.renders):
            raise HeadendError(f"{_where(template.name, 1)}: {template.renders} is already rendered by {other.name}")
        found[template.renders] = template
    return sorted(found.values(), key=lambda t: t.name)


def _read_header(root: Path, path: Path) -> Template:
    name = path.relative_to(root / TEMPLATES).as_posix()
    match = _HEADER.match(path.read_text(encoding="utf-8"))
    if not match:
        _fail(name, 1, "the header is missing: begin with <# renders: …, placeholders: […], values: {…} #>")
    try:
        header = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        _fail(name, 1 + (mark.line if mark else 0), f"the header is no YAML ({getattr(error, 'problem', error)})")
    if not isinstance(header, dict) or not isinstance(header.get("renders"), str):
        _fail(name, 1, "the header must be YAML with at least `renders: <file to write>`")
    if unknown := sorted(set(header) - {"renders", "placeholders", "values", "arns", "keys"}):
        _fail(name, 1, f"unknown header key {unknown[0]!r}: use renders, placeholders, values, arns, keys")
    renders = Path(header["renders"])
    if renders.is_absolute() or ".." in renders.parts or renders.suffix != ".json":
        _fail(name, 1, f"`renders` must be a .json file inside the repository, not {header['renders']!r}")
    placeholders = header.get("placeholders") or []
    if not isinstance(placeholders, list) or not all(isinstance(p, str) and _NAME.fullmatch(p) for p in placeholders):
        _fail(name, 1, "`placeholders` must be a list of snake_case names")
    values = header.get("values") or {}
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        _fail(name, 1, "`values` must map names to their defaults")
    arns, keys = (_names(name, key, header.get(key) or {}) for key in ("arns", "keys"))
    return Template(name, renders, frozenset(placeholders), values, Settings(arns=arns, keys=keys))


def _names(template: str, key: str, mapping: Any) -> dict[str, str]:
    if not isinstance(mapping, dict) or not all(
        isinstance(one, str) and isinstance(name, str) and _NAME.fullmatch(name) for one, name in mapping.items()
    ):
        _fail(template, 1, f"`{key}` must map placeholders, expressions or actions to names of placeholders")
    return mapping


def render_template(root: Path, template: Template, values: Mapping[str, Any] | None = None) -> str:
    """Render one template to canonical JSON text: two spaces, keys as the template orders them, a newline at the end.

    Args:
        root: the repository.
        template: from `templates`.
        values: what differs from the header's defaults.

    Raises:
        HeadendError: names the template and the line.
    """
    overrides = dict(values or {})
    if unknown := sorted(set(overrides) - set(template.values)):
        raise UsageError(
            f"{template.name} has no value {unknown[0]!r}: it knows {', '.join(sorted(template.values)) or 'none'}"
        )
    marked = _run(_environment(root), template, {**template.values, **overrides})
    text, position = _strip_marks(marked, template.name)
    document = _parse(text, position)
    used: set[str] = set()
    escaped = _escape(document, template, used)
    if unused := sorted(template.placeholders - used):
        _fail(template.name, 1, f"placeholder {unused[0]!r} is declared and never used: use it or remove it")
    return json.dumps(escaped, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _run(environment: jinja2.Environment, template: Template, values: Mapping[str, Any]) -> str:
    try:
        return environment.get_template(template.name).render(values)
    except jinja2.TemplateSyntaxError as error:
        _fail(error.name or template.name, error.lineno, f"{error.message}")
    except jinja2.TemplateNotFound as error:
        _fail(*_last_template_line(environment, template, error), f"no such template: {error.name}")
    except jinja2.UndefinedError as error:
        _fail(*_last_template_line(environment, template, error), f"{error.message}: add it to the header's values")
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        _fail(*_last_template_line(environment, template, error), f"{type(error).__name__}: {error}")


def _last_template_line(environment: jinja2.Environment, template: Template, error: Exception) -> tuple[str, int]:
    """The innermost template line in a traceback (Jinja maps its generated code back to the template's lines)."""
    loader = environment.loader
    folder = Path(loader.searchpath[0]) if isinstance(loader, jinja2.FileSystemLoader) else Path()
    where = (template.name, 1)
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(folder):
            where = (path.relative_to(folder).as_posix(), frame.lineno or 1)
    return where


class _Position:
    """Finds the template line that wrote a given character of the output."""

    def __init__(self, offsets: list[int], lines: list[str]) -> None:
        self._offsets, self._lines = offsets, lines

    def at(self, offset: int) -> tuple[str, int]:
        index = max(bisect_right(self._offsets, offset) - 1, 0)
        name, _, line = self._lines[index].rpartition(":")
        return name, int(line)


def _strip_marks(marked: str, name: str) -> tuple[str, _Position]:
    offsets, lines, parts = [0], [f"{name}:1"], []
    end = length = 0
    for match in _MARK.finditer(marked):
        parts.append(marked[end : match.start()])
        length += match.start() - end
        end = match.end()
        offsets.append(length)
        lines.append(match[1])
    parts.append(marked[end:])
    return "".join(parts), _Position(offsets, lines)


def _parse(text: str, position: _Position) -> Any:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        _fail(*position.at(min(error.pos, max(len(text) - 1, 0))), f"the output is no JSON: {error.msg}")
    except ValueError as error:
        _fail(*position.at(0), f"the output is no JSON: {error}")
    if duplicate := _duplicate_key(text):
        key, offset = duplicate
        _fail(*position.at(offset), f"the key {key} occurs twice in one object")
    return document


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _duplicate_key(text: str) -> tuple[str, int] | None:
    """The first key that its object already has, and where it stands; ``text`` is valid JSON."""
    objects: list[set[str] | None] = []
    tokens = [(match[0], match.start()) for match in _JSON_TOKEN.finditer(text)]
    for (part, offset), (following, _) in zip(tokens, [*tokens, ("", 0)][1:], strict=True):
        if part in ("{", "["):
            objects.append(set() if part == "{" else None)
        elif part in ("}", "]"):
            objects.pop()
        elif following == ":" and (seen := objects[-1]) is not None:
            key = json.loads(part)
            if key in seen:
                return part, offset
            seen.add(key)
    return None


def _escape(node: Any, template: Template, used: set[str]) -> Any:
    """Escape for Terraform's templatefile() every ``${`` and ``%{`` that is no declared placeholder."""
    if isinstance(node, dict):
        return {_escape_text(k, template, used): _escape(v, template, used) for k, v in node.items()}
    if isinstance(node, list):
        return [_escape(item, template, used) for item in node]
    return _escape_text(node, template, used) if isinstance(node, str) else node


def _escape_text(text: str, template: Template, used: set[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        signs, name = match[1], match[2]
        if signs[0] == "$" and name in template.placeholders:
            if len(signs) > 1:
                _fail(template.name, 1, f"a $ before ${{{name}}} would be Terraform's escape: write the $ elsewhere")
            used.add(name)
            return match[0]
        return signs[0] + match[0]  # templatefile() takes one sign away again

    return _INTERPOLATION.sub(replace, text)


def _where(name: str, line: int) -> str:
    return f"{(TEMPLATES / name).as_posix()}:{line}"


def _fail(name: str, line: int, message: str) -> NoReturn:
    raise HeadendError(f"{_where(name, line)}: {message}")


def render_all(root: Path) -> dict[Path, str]:
    """Render every template with its defaults: what each committed file should hold, keyed by its absolute path."""
    found = {
        root / template.renders.parent / name: text
        for template in templates(root)
        for name, text in _files(template, render_template(root, template)).items()
    }
    if (root / PLATFORM.parent).is_dir():
        found |= of_every_machine(root / PLATFORM)
    return found | live_ladder_files.default_files(root)


def _files(template: Template, text: str) -> dict[str, str]:
    """Names and texts of what a template becomes: itself and, for a definition, its policy and what that says."""
    return {template.renders.name: text, **beside(template.renders.name, text, template.settings, template.name)}


def write(root: Path) -> list[Path]:
    """Write what differs from `render_all`; returns the files written."""
    return _write(render_all(root))


def check(root: Path) -> list[Path]:
    """The committed files that are missing or stale, relative to ``root``; `stale_message` says it to people."""
    return sorted(
        path.relative_to(root)
        for path, text in render_all(root).items()
        if not path.is_file() or path.read_bytes() != text.encode()
    )


def stale_message(stale: Iterable[Path], command: str = REGENERATE) -> str:
    """One line that names the stale files and the command that renders them again."""
    return f"stale: {', '.join(p.as_posix() for p in stale)}. Run `{command}` and commit the result"


def render_environment(root: Path, env: str, values: Mapping[str, Mapping[str, Any]]) -> dict[Path, str]:
    """Render an environment's own variants.

    Args:
        root: the repository.
        env: the folder below ``envs/``.
        values: what differs from the defaults, by the template's name without ``.json.j2``: ``stream_monitor.asl``.

    Returns:
        Text by absolute path below ``envs/<env>/rendered/``; only where it differs from the committed default.
    """
    known = {template.name.removesuffix(SUFFIX): template for template in templates(root)}
    if unknown := sorted(set(values) - set(known)):
        raise UsageError(f"envs/{env}/config.yaml: no template {unknown[0]!r}: use one of {', '.join(sorted(known))}")
    result: dict[Path, str] = {}
    for name, overrides in values.items():
        own = _files(known[name], render_template(root, known[name], overrides))
        default = _files(known[name], render_template(root, known[name]))
        for file, text in own.items():
            if text != default[file]:
                result[root / "envs" / env / "rendered" / file] = text
    return result


def write_environment(
    root: Path, env: str, values: Mapping[str, Mapping[str, Any]], ladder: Ladder | None = None
) -> list[Path]:
    """Write an environment's variants, and what its own `ladder` becomes, and remove those it no longer asks for.

    Returns the files written or removed.
    """
    wanted = render_environment(root, env, values) | live_ladder_files.environment_files(root, env, ladder)
    folder = root / "envs" / env / "rendered"
    gone = [path for path in sorted(folder.glob("*")) if path.suffix in WRITTEN and path not in wanted]
    for path in gone:
        path.unlink()
    return _write(wanted) + gone


def _write(files: Mapping[Path, str]) -> list[Path]:
    written = []
    for path, text in sorted(files.items()):
        if path.is_file() and path.read_bytes() == text.encode():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written
