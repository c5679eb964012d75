"""Whether all HCL is formatted and valid: every environment, and every module through its examples."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from headend.environments import BUILD
from headend.errors import HeadendError
from headend.terraform import Terraform


def roots(root: Path) -> list[Path]:
    """The folders to validate: environments, examples, and modules that have no example."""
    found = list((root / "envs").iterdir())
    for module in (root / "modules").iterdir():
        examples = [path for path in (module / "examples").glob("*") if any(path.glob("*.tf"))]
        found += examples or [module]
    return sorted(path for path in found if any(path.glob("*.tf")))


def check_format(root: Path) -> list[str]:
    """One line for each file that `terraform fmt` would change."""
    terraform = Terraform(root, root / BUILD / "terraform" / "format")
    return [f"{name}: not formatted; run `make fmt`" for name in terraform.format_check()]


def check_valid(root: Path, tell: Callable[[str], None]) -> Iterator[str]:
    """One line for each folder that is not valid."""
    for folder in roots(root):
        name = folder.relative_to(root).as_posix()
        tell(f"validating {name}")
        work = root / BUILD / "terraform" / "validate" / name.replace("/", "-")
        terraform = Terraform(as_root(folder, work / "root"), work, name=name)
        try:
            terraform.init(backend=False)
            terraform.validate()
        except HeadendError as error:
            yield f"{name}: {str(error).splitlines()[0]}"


def as_root(folder: Path, caller: Path) -> Path:
    """`folder`; or, where it is handed its providers, a root written to `caller` that hands them to it.

    Terraform validates no module by itself that declares `configuration_aliases`.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.tf"))]
    found = [names for text in texts for names in re.findall(r"configuration_aliases\s*=\s*\[([^]]*)]", text)]
    aliases = sorted({alias.strip() for names in found for alias in names.split(",") if alias.strip()})
    if not aliases:
        return folder
    caller.mkdir(parents=True, exist_ok=True)
    providers: dict[str, list[dict[str, str]]] = {}
    for provider, name in (alias.split(".") for alias in aliases):
        providers.setdefault(provider, []).append({"alias": name})
    call = {"source": os.path.relpath(folder.resolve(), caller.resolve()), "providers": {one: one for one in aliases}}
    content = {"provider": providers, "module": {"this": call}}
    (caller / "main.tf.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return caller
