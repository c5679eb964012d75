"""Path patterns of cache behaviors.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
"""

from __future__ import annotations

import re
from functools import lru_cache


def fits(pattern: str, path: str) -> bool:
    """Whether a path (with its slash, without its query) fits: * is any text, ? is one character; case counts."""
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    whole = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
    parts = [{"*": ".*", "?": "."}.get(one, re.escape(one)) for one in whole]
    return re.compile("".join(parts), re.DOTALL)
