"""Whether all HCL is formatted and valid: every environment, and every module through its examples."""

from __future__ import annotations

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
        terraform = Terraform(folder, root / BUILD / "terraform" / "validate" / name.replace("/", "-"), name=name)
        try:
            terraform.init(backend=False)
            terraform.validate()
        except HeadendError as error:
            yield f"{name}: {str(error).splitlines()[0]}"
