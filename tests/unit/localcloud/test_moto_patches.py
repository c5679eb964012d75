"""The replaced parts of moto are still those that were replaced."""

from __future__ import annotations

import subprocess
import sys

import pytest

from headend.localcloud import moto_patches


@pytest.mark.parametrize(
    "patch", moto_patches.PATCHES, ids=lambda patch: f"{patch.owner.rpartition('.')[2]}.{patch.attribute}"
)
def test_what_is_replaced_has_not_changed_in_moto(patch: moto_patches.Patch) -> None:
    assert moto_patches.fingerprint(patch) == patch.fingerprint, (
        f"moto changed {patch.owner}.{patch.attribute}: see whether the replacement ({patch.reason}) still fits"
    )


def test_only_listed_parts_can_be_replaced() -> None:
    with pytest.raises(KeyError, match="PATCHES"):
        moto_patches.replace("moto.sqs.models:SQSBackend", "send_message", None)


def test_the_interpreter_still_keeps_its_threads_in_a_list() -> None:
    """`state_machines` empties it from time to time."""
    code = "from moto.stepfunctions.parser.utils import TMP_THREADS; assert TMP_THREADS == []"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
