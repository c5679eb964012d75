"""The other linters: each says of a definition's file whether it finds an error in it.

asl-validator (npm), statelint (PyPI) and cfn-lint (PyPI, in this project's own environment; it looks at a definition
inside a CloudFormation template). `make lint-compared` installs the first two below build/.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from cfnlint.api import ManualArgs
from cfnlint.api import lint as cfn_lint

from headend.asl import source
from headend.asl.lint.linter import lint_file

Verdict = Callable[[Path], bool]
"""Whether the linter finds an error in a file."""


def linters(tools: Path) -> dict[str, Verdict]:
    """All linters by name, ours first. `tools` holds node_modules/.bin/asl-validator and bin/statelint."""
    validator, statelint = tools / "node_modules" / ".bin" / "asl-validator", tools / "bin" / "statelint"
    return {
        "headend": lambda path: any(finding.severity == "error" for finding in lint_file(path)),
        "headend --strict": lambda path: bool(lint_file(path)),
        "asl-validator": lambda path: _fails([validator, f"--{_syntax(path)}-path", path]),
        "statelint": lambda path: _fails([statelint, *(["--yaml"] if _syntax(path) == "yaml" else []), path]),
        "cfn-lint": _cfn_lint,
    }


def _syntax(path: Path) -> str:
    return "yaml" if path.suffix in source.YAML_SUFFIXES else "json"


def _fails(command: list[Any]) -> bool:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)
    return done.returncode != 0


def _cfn_lint(path: Path) -> bool:
    """cfn-lint's rule E3601 and those below it, on a template that holds the definition and nothing else."""
    text = path.read_text(encoding="utf-8")
    try:
        definition = yaml.safe_load(text) if _syntax(path) == "yaml" else json.loads(text)
    except (ValueError, yaml.YAMLError):
        return True
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/states", "Definition": definition}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}},
    }
    found = cfn_lint(json.dumps(template), config=ManualArgs(regions=["eu-central-1"]))
    return any(match.rule.id.startswith("E") for match in found)
