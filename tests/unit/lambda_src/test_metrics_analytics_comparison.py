"""This day against the previous one, which may be missing, partly there, or of other hosts."""

from datetime import timedelta

import pytest

from unit.lambda_src.analytics_cases import DAY, NOW, bucket, config, content, lines, objects, request, told, written

pytestmark = pytest.mark.usefixtures("aws")


def analyse(*kept, types=("cpu",), **changes):
    from analytics.service import analyse

    return analyse(request("day-over-day", types, **changes), bucket(*kept))


def days(today, before, host="i-1"):
    return objects(lines(host, today) + lines(host, before, NOW - DAY))


def test_a_host_that_works_harder_than_yesterday_is_told() -> None:
    result = analyse(days([60.0] * 36, [20.0] * 36))
    [finding] = result["findings"]
    assert (finding["kind"], finding["value"], finding["threshold"]) == ("rise", 60.0, 20.0)
    assert finding["text"] == "CPUUtilization of i-1 rose by 200 % from the previous day's 20 % to 60 %"
    assert result["previous"] == "complete"
    assert written("day-over-day")["previous"] == "complete"


def test_a_host_that_does_less_than_yesterday_is_told() -> None:
    assert told(analyse(days([20.0] * 36, [60.0] * 36))) == [("drop", "i-1", "LOW")]


@pytest.mark.parametrize(("today", "before"), [(25.0, 20.0), (3.0, 0.5), (20.0, 20.0), (5.0, 0.0)])
def test_a_small_change_is_no_finding(today, before) -> None:
    assert told(analyse(days([today] * 36, [before] * 36))) == []


def test_what_came_from_nothing_has_no_percentage() -> None:
    [finding] = analyse(days([50.0] * 36, [0.0] * 36))["findings"]
    assert finding["text"] == "CPUUtilization of i-1 rose from the previous day's 0 % to 50 %"


def test_without_a_previous_day_that_is_said() -> None:
    result = analyse(objects(lines("i-1", [60.0] * 36)))
    assert (result["findings"], result["previous"]) == ([], "none")
    assert result["text"] == "Nothing to tell of 1 host; there are no metrics of the previous day"


def test_the_previous_days_other_hours_are_not_compared() -> None:
    other_hours = lines("i-1", [99.0] * 36, NOW - DAY + timedelta(hours=6))
    result = analyse(objects(lines("i-1", [20.0] * 36) + other_hours))
    assert (result["findings"], result["previous"]) == ([], "none")


def test_a_gap_on_the_previous_day_moves_no_mean() -> None:
    ramp = [float(number) for number in range(36)]
    before: list[float | None] = [*ramp[:18], *[None] * 18]
    result = analyse(days(ramp, before))
    assert (result["findings"], result["counts"]["compared"]) == ([], 1)


def test_too_little_of_the_previous_day_is_not_compared() -> None:
    result = analyse(days([60.0] * 36, [*[None] * 30, *[10.0] * 6]))
    assert (result["findings"], result["previous"]) == ([], "partial")
    assert (result["counts"]["compared"], result["counts"]["partly"]) == (0, 1)


def test_how_much_of_the_previous_day_is_needed_is_configured() -> None:
    result = analyse(days([60.0] * 36, [*[None] * 30, *[10.0] * 6]), config=config(day_over_day={"overlap": 0.1}))
    assert result["counts"]["compared"] == 1


def test_a_previous_day_of_other_hosts_is_said() -> None:
    kept = objects(lines("i-new", [60.0] * 36) + lines("i-old", [20.0] * 36, NOW - DAY))
    result = analyse(kept)
    assert (told(result), result["previous"]) == ([("gone", "i-old", "LOW")], "other-hosts")
    assert (result["counts"]["hosts_new"], result["counts"]["hosts_gone"]) == (1, 1)
    assert result["text"].endswith("the previous day's metrics are of other hosts")


def test_hosts_are_compared_each_with_itself() -> None:
    before = lines("i-1", [20.0] * 36, NOW - DAY) + lines("i-2", [60.0] * 36, NOW - DAY)
    result = analyse(objects(lines("i-1", [20.0] * 36) + lines("i-2", [60.0] * 36) + before))
    assert (told(result), result["counts"]["compared"]) == ([], 2)


def test_a_type_that_stopped_wholly_does_not_call_its_hosts_gone() -> None:
    assert told(analyse(objects(lines("i-1", [20.0] * 36, NOW - DAY)))) == []


def test_hours_that_begin_before_midnight_are_found() -> None:
    midnight = NOW.replace(hour=1)
    kept = objects(lines("i-1", [60.0] * 36, midnight) + lines("i-1", [20.0] * 36, midnight - DAY))
    result = analyse(kept, started=midnight.isoformat())
    assert (told(result), result["counts"]["datapoints"]) == ([("rise", "i-1", "LOW")], 72)


def test_an_object_that_was_cut_off_is_named_and_nothing_of_it_is_used() -> None:
    before = objects(lines("i-1", [20.0] * 36, NOW - DAY))
    [(key, body)] = before.items()
    result = analyse(objects(lines("i-1", [60.0] * 36)), {key: body[: len(body) * 9 // 10]})
    assert (told(result), result["previous"]) == ([], "none")
    assert result["left_out"] == [{"object": key, "why": "no end line after 33 lines"}]
    assert (result["counts"]["left_out_objects"], result["counts"]["datapoints"]) == (1, 36)
    assert result["text"].endswith("; 1 object left out, not whole")
    assert written("day-over-day")["left_out"] == result["left_out"]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda body: body.split(b"\n", 1)[1], "2 lines of 3"),
        (lambda body: body.replace(b"60.0", b"sixty", 1), "line 1 is no datapoint"),
        (lambda body: body.replace(b"60.0", b"1e101", 1), "line 1 is no datapoint"),
        (lambda body: body.replace(b":00Z", b":00", 1), "line 1 is no datapoint"),
        (lambda body: body.replace(b"\n", b"\n\n", 1), "4 lines of 3"),
        (lambda body: body + body, "7 lines of 3"),
        (lambda body: b"", "no end line after 0 lines"),
    ],
)
def test_an_object_that_is_not_whole_says_why(damage, why) -> None:
    [(key, body)] = objects(lines("i-1", [60.0] * 3)).items()
    result = analyse({key: damage(body)}, objects(lines("i-1", [60.0] * 3), run="run-2"))
    assert result["left_out"] == [{"object": key, "why": why}]
    assert result["counts"]["datapoints"] == 3


def test_of_many_objects_that_are_not_whole_ten_are_named_and_all_counted() -> None:
    kept = [objects(lines(f"i-{number}", [60.0]), run=f"run-{number}") for number in range(12)]
    result = analyse(*({key: body[:-1] + b"?" for key, body in one.items()} for one in kept))
    assert (len(result["left_out"]), result["counts"]["left_out_objects"]) == (10, 12)


def test_an_object_without_datapoints_is_whole() -> None:
    result = analyse({f"raw/metric_type=cpu/date={NOW:%Y-%m-%d}/run-1-0001.json": content([])})
    assert (result["left_out"], result["counts"]["objects"]) == ([], 1)
