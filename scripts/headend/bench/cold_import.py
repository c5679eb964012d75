"""How long a packaged function takes to import in a new interpreter, against boto3 alone.

Both are timed inside the new process, so that starting Python counts for neither. They take turns, so that
whatever else the machine does falls on both. The function's own modules are compiled each time, as in a new Lambda
environment, whose code folder is read-only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from headend.bench.measurement import Measurement, Ratio, middle
from headend.errors import HeadendError

TURNS = 9
TIMER = (
    "import sys, time; sys.path.insert(0, sys.argv[1]); start = time.perf_counter(); "
    "__import__(sys.argv[2]); print(time.perf_counter() - start)"
)
FUNCTION_ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "Headend",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:bench-alerts",
    "TABLE_NAME": "bench-alert-state",
    "DEPLOYMENT_NAME": "bench",
    "DASHBOARD_NAME": "bench-flows",
    "IDEMPOTENCY_TTL_SECONDS": "3600",
}


def measure(packages: Mapping[str, Path], turns: int = TURNS) -> Measurement:
    """Import the handler of each package (function name → zip) and boto3 in turn, `turns` times each."""
    ratios, samples = [], {}
    for name, package in sorted(packages.items()):
        with tempfile.TemporaryDirectory(prefix="headend-bench-") as folder:
            with zipfile.ZipFile(package) as archive:
                archive.extractall(folder)
            _seconds(folder, "handler")
            pairs = [(_seconds(folder, "handler"), _seconds(folder, "boto3")) for _ in range(turns)]
        ratios.append(
            Ratio(f"{name}: handler", middle([a for a, _ in pairs]), "boto3", middle([b for _, b in pairs]), "s")
        )
        samples[name] = pairs
    return Measurement("import", "cold import of each packaged function, against boto3 alone", ratios, {"s": samples})


def _seconds(folder: str, module: str) -> float:
    """Seconds that importing `module` takes in a new process with `folder` first on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-P", "-B", "-c", TIMER, folder, module],
        capture_output=True,
        text=True,
        env={**kept, **FUNCTION_ENVIRONMENT},
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no output"]
        raise HeadendError(f"importing {module} failed: {reason[0]}")
    return float(done.stdout.strip().splitlines()[-1])
