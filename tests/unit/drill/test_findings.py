"""What a report says."""

from __future__ import annotations

from headend.drill import findings
from headend.drill.player import Played, Report, Stall

WRAP = 1 << 33


def report(*origins: str, first: int = 1000, pts: int = 0) -> Report:
    """Segments of 2 s, one every two seconds, from these origins."""
    return Report(
        [
            Played(
                first + index, f"https://edge/{first + index}.ts", origin, (pts + index * 180_000) % WRAP, 2.0 * index
            )
            for index, origin in enumerate(origins)
        ]
    )


def test_a_report_without_a_break_has_no_problems() -> None:
    assert findings.problems(report("east", "east", "west", "east"), 2) == []


def test_time_stamps_may_begin_anew() -> None:
    assert findings.problems(report("east", "east", "east", pts=WRAP - 200_000), 2) == []


def test_long_stalls_skipped_segments_and_breaks_are_problems() -> None:
    bad = report("east", "east", "east")
    bad.stalls = [Stall(3.0, 251, 1001), Stall(5.0, 249, 1002)]
    bad.skipped = [1007]
    bad.segments[1] = Played(1001, "", "east", 180_000 + 9_000, 2.0)
    bad.segments.append(Played(1002, "", "east", 0, 6.0))

    assert findings.problems(bad, 2) == [
        "a stall of 251 ms at 3.0 s",
        "segment 1007 was skipped",
        "segment 1001 begins +100 ms off the one before it",
        "segment 1002 begins -100 ms off the one before it",
        "segment 1002 came after 1002",
    ]


def test_a_skipped_segment_is_no_break_as_well() -> None:
    gap = report("east", "east", "east")
    del gap.segments[1]

    assert findings.problems(gap, 2) == []


def test_a_report_of_nothing_is_a_problem() -> None:
    assert findings.problems(Report(), 2) == ["nothing was played"]
