"""Hosts beyond a threshold, hosts on their way to one, hosts that fell silent."""

from datetime import timedelta

import pytest
from analytics.slope import fit_line

from unit.lambda_src.analytics_cases import (
    DISK,
    NOW,
    bucket,
    config,
    line,
    lines,
    objects,
    request,
    threshold,
    told,
    written,
)

pytestmark = pytest.mark.usefixtures("aws")


def analyse(*kept, types=("cpu",), **changes):
    from analytics.service import analyse

    return analyse(request("trend", types, **changes), bucket(*kept))


def disk(host, values, **changes):
    return objects(lines(host, values, metric=DISK, **changes), "disk")


def test_a_busy_host_is_found_with_its_value_and_threshold() -> None:
    result = analyse(objects(lines("i-1", [97.0] * 36) + lines("i-2", [20.0] * 36)))
    [finding] = result["findings"]
    assert (finding["kind"], finding["host"], finding["metric"]) == ("threshold", "i-1", "CPUUtilization")
    assert (finding["value"], finding["threshold"], finding["severity"]) == (97.0, 95.0, "HIGH")
    assert finding["text"] == "CPUUtilization of i-1 is 97 %, above the threshold of 95 %"
    assert (result["text"], result["truncated"]) == ("1 finding (1 HIGH) of 2 hosts", False)


def test_only_the_most_severe_threshold_of_a_series_is_told() -> None:
    assert told(analyse(objects(lines("i-1", [99.0] * 12)))) == [("threshold", "i-1", "HIGH")]


def test_a_lower_threshold_is_told_with_its_own_severity() -> None:
    assert told(analyse(objects(lines("i-1", [85.0] * 12)))) == [("threshold", "i-1", "MEDIUM")]


def test_one_short_peak_is_no_finding() -> None:
    assert told(analyse(objects(lines("i-1", [20.0] * 35 + [99.0])))) == []


def test_what_is_over_is_no_finding() -> None:
    assert told(analyse(objects(lines("i-1", [99.0] * 12 + [20.0] * 24)))) == []


@pytest.mark.parametrize(
    ("comparison", "value", "found"),
    [
        ("GreaterThanOrEqualToThreshold", 50.0, True),
        ("GreaterThanThreshold", 50.0, False),
        ("GreaterThanThreshold", 51.0, True),
        ("LessThanOrEqualToThreshold", 50.0, True),
        ("LessThanThreshold", 50.0, False),
        ("LessThanThreshold", 49.0, True),
    ],
)
def test_the_comparison_decides_at_the_threshold(comparison, value, found) -> None:
    types = {"cpu": {"thresholds": [threshold("CPUUtilization", 50, "LOW", comparison)]}}
    result = analyse(objects(lines("i-1", [value] * 12)), config=config(metric_types=types))
    assert bool(result["findings"]) is found


def test_a_disk_that_fills_is_told_before_it_is_full() -> None:
    # 1 % an hour: from 62 % at the beginning of the day to 86 % now, and 90 % in four hours.
    result = analyse(disk("i-1", [62 + number / 12 for number in range(288)]), types=("disk",))
    [finding] = result["findings"]
    assert (finding["kind"], finding["severity"]) == ("trend", "MEDIUM")
    assert finding["hours"] == pytest.approx(4.1, abs=0.05)
    assert finding["text"].startswith("disk_used_percent of i-1")
    assert finding["text"].endswith("is 85.9 % and reaches 90 % in 4 hours")


def test_a_gap_in_the_data_does_not_move_the_trend() -> None:
    values: list[float | None] = [62 + number / 12 for number in range(288)]
    values[40:200] = [None] * 160
    [finding] = analyse(disk("i-1", values), types=("disk",))["findings"]
    assert finding["hours"] == pytest.approx(4.1, abs=0.05)


def test_points_of_uneven_distance_make_the_same_trend() -> None:
    minutes = sorted({number * number % 1440 for number in range(1, 200)})
    points = [line("i-1", NOW - timedelta(minutes=m), 86 - m / 60, DISK) for m in minutes if m]
    [finding] = analyse(objects(points, "disk"), types=("disk",))["findings"]
    assert finding["hours"] == pytest.approx(4.0, abs=0.1)


def test_a_disk_that_empties_is_no_finding() -> None:
    assert told(analyse(disk("i-1", [86 - number / 12 for number in range(288)]), types=("disk",))) == []


def test_noise_is_no_trend() -> None:
    assert told(analyse(disk("i-1", [70 + 15 * (number % 2) for number in range(288)]), types=("disk",))) == []


def test_a_trend_that_takes_longer_than_the_horizon_is_no_finding() -> None:
    slow = disk("i-1", [62 + number / 12 for number in range(288)])
    assert told(analyse(slow, types=("disk",), config=config(trend={"horizon_hours": 4}))) == []


def test_an_hour_of_data_says_nothing_about_tomorrow() -> None:
    assert told(analyse(disk("i-1", [50 + number / 12 for number in range(13)]), types=("disk",))) == []


def test_a_host_that_fell_silent_is_told_once_for_a_type() -> None:
    quiet = lines("i-1", [20.0] * 12, NOW - timedelta(hours=3))
    quiet += lines("i-1", [20.0] * 12, NOW - timedelta(hours=3), metric="CPUCreditBalance")
    result = analyse(objects(quiet + lines("i-2", [20.0] * 12)))
    [finding] = result["findings"]
    assert (finding["kind"], finding["host"], finding["value"]) == ("silent", "i-1", None)
    assert finding["text"] == (
        "i-1 has sent no CPUCreditBalance, CPUUtilization for 180 minutes: it was stopped, or its agent was"
    )


def test_a_flow_that_fell_silent_has_no_agent() -> None:
    flow = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-AbC:studio-a"
    result = analyse(objects(lines(flow, [20.0] * 12, NOW - timedelta(hours=3)) + lines("i-2", [20.0] * 12)))
    [finding] = result["findings"]
    assert finding["text"] == f"{flow} has sent no CPUUtilization for 180 minutes: it was stopped"


def test_a_run_that_took_its_time_makes_nobody_silent() -> None:
    assert told(analyse(objects(lines("i-1", [20.0] * 12, NOW - timedelta(minutes=45))))) == []


def test_one_metric_of_two_disks_is_two_series() -> None:
    both = [
        *lines("i-1", [95.0] * 12, metric=DISK, dimensions={"InstanceId": "i-1", "path": "/"}),
        *lines("i-1", [10.0] * 12, metric=DISK, dimensions={"InstanceId": "i-1", "path": "/data"}),
    ]
    [finding] = analyse(objects(both, "disk"), types=("disk",))["findings"]
    assert finding["dimensions"]["path"] == "/"
    assert finding["text"].startswith("disk_used_percent of i-1 (path /) is 95 %")


def test_the_window_reaches_over_midnight_and_over_runs() -> None:
    points = lines("i-1", [62 + number / 12 for number in range(288)], metric=DISK)
    runs = [objects(points[n : n + 36], "disk", f"run-{n}") for n in range(0, 288, 36)]
    result = analyse(*runs, types=("disk",))
    assert told(result) == [("trend", "i-1", "MEDIUM")]
    assert result["counts"]["datapoints"] == 288


def test_a_type_without_configuration_has_no_thresholds() -> None:
    result = analyse(objects(lines("i-1", [100.0] * 12), "gpu"), types=("gpu",))
    assert told(result) == []
    assert result["counts"]["hosts"] == 1


def test_the_whole_result_lies_in_the_bucket() -> None:
    hosts = [one for number in range(80) for one in lines(f"i-{number:03d}", [96.0 + number / 100] * 2)]
    result = analyse(objects(hosts))
    assert (len(result["findings"]), result["truncated"]) == (50, True)
    assert result["counts"]["findings"] == result["counts"]["high"] == 80
    assert result["findings"][0]["host"] == "i-079"
    assert len(written()["findings"]) == 80
    assert all(one["text"] for one in result["findings"])
    assert result["result"] == "analysis/run-1/trend.json"


def test_nothing_collected_is_said() -> None:
    result = analyse(types=())
    assert (result["findings"], result["text"]) == ([], "No host has sent metrics")


def test_a_few_points_are_no_trend() -> None:
    values: list[float | None] = [62 + number / 12 if number % 40 == 7 else None for number in range(288)]
    assert told(analyse(disk("i-1", values), types=("disk",))) == []


def test_a_rising_series_is_told_for_the_threshold_that_it_reaches_first() -> None:
    [finding] = analyse(objects(lines("i-1", [50 + number / 12 for number in range(288)])))["findings"]
    assert (finding["kind"], finding["threshold"], finding["severity"]) == ("trend", 80.0, "LOW")


def test_what_was_beyond_a_threshold_long_ago_is_silent_now() -> None:
    result = analyse(objects(lines("i-1", [99.0] * 12, NOW - timedelta(hours=3))))
    assert told(result) == [("silent", "i-1", "MEDIUM")]


def test_a_line_that_is_past_a_value_has_reached_it() -> None:
    passed = fit_line([(0.0, 0.0), (10.0, 10.0)])
    assert passed is not None
    assert passed.seconds_until(5.0, after=10.0) == 0


def test_of_one_severity_what_is_so_comes_before_what_will_be_and_silence_last() -> None:
    busy = objects(lines("i-2", [85.0] * 288) + lines("i-1", [20.0] * 12, NOW - timedelta(hours=3)))
    full = disk("i-3", [62 + number / 12 for number in range(288)])
    result = analyse(busy, full, types=("disk", "cpu"))
    assert told(result) == [("threshold", "i-2", "MEDIUM"), ("trend", "i-3", "MEDIUM"), ("silent", "i-1", "MEDIUM")]


def test_the_hosts_of_all_types_are_counted() -> None:
    result = analyse(objects(lines("i-1", [20.0])), disk("i-2", [20.0]), types=("cpu", "disk"))
    assert result["counts"]["hosts"] == 2


def test_lines_may_end_as_they_do_elsewhere() -> None:
    [(key, body)] = objects(lines("i-1", [20.0] * 2)).items()
    result = analyse({key: body.replace(b"\n", b"\r\n")})
    assert (result["left_out"], result["counts"]["datapoints"]) == ([], 2)
