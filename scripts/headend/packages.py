"""The functions' packages, as plan and apply need them: built, and not older than their source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from headend.errors import UsageError


def refresh(root: Path, tell: Callable[[str], None]) -> None:
    """Build what is missing or stale."""
    from headend.package import build

    for path in build(root):
        tell(f"packaged: {path.relative_to(root)}")


def require_fresh(root: Path) -> None:
    """Raise UsageError where a package is missing or older than its source."""
    from headend.package import stale

    if names := stale(root):
        raise UsageError(
            f"{', '.join(names)}: a zip is older than its source; run `headend plan` again, which rebuilds it"
        )
