"""`headend verify`: is what is on air as it has to be, so that one Region can replace the other?

What is checked has one home, the function of the start workflow: lambda_src/live_check/livecheck.
"""

from __future__ import annotations

import sys
from pathlib import Path

FUNCTION = Path(__file__).parents[3] / "lambda_src" / "live_check"

if str(FUNCTION) not in sys.path:
    sys.path.append(str(FUNCTION))
