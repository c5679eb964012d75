"""What an hour of both Regions costs, against calculations by hand, within 1 %."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from headend import prices
from headend.cli import app
from headend.config_live import InputSpecification
from headend.config_live_ladder import Ladder, load_ladder
from headend.live_cost import Cost, Event, cost, data, gigabytes, lines
from headend.live_cost_table import LADDER

REPOSITORY = Path(__file__).parents[2]


def ladder(**changes: Any) -> Ladder:
    """Two HD renditions and an SD one, 30 frames a second, 9.5 Mbit/s of pictures and 0.128 of sound in each."""
    given: dict[str, Any] = {
        "frame_rate": {"numerator": 30},
        "segment_seconds": 6,
        "gop_seconds": 2,
        "renditions": {
            "full": {"width": 1920, "height": 1080, "bitrate": 5_000_000},
            "mid": {"width": 1280, "height": 720, "bitrate": 3_000_000},
            "low": {"width": 854, "height": 480, "bitrate": 1_500_000},
        },
    }
    return Ladder.model_validate(given | changes)


def priced(**event: Any) -> Cost:
    return cost(Event(event.pop("ladder", None) or ladder(), **event), prices.load())


def usd(found: Cost, price: str) -> float:
    return sum(amount for item, amount in found.items if item.price == price)


def test_an_hour_without_viewers_costs_what_is_calculated_by_hand() -> None:
    found = priced()
    # Four flows: 4 x (0.16 + 0.09 + 0.04) = 1.16. Two channels: 2 x (0.294 + 2 x 0.702 + 0.354) = 4.104.
    # MediaPackage: (5 + 3 + 1.5 + 3 x 0.128) Mbit/s = 9.884 / 1024 x 3600 / 8 = 4.3436 GB, x 4 x 0.03 = 0.5212.
    assert found.total == pytest.approx(1.16 + 4.104 + 0.5212, rel=0.01)
    assert found.unpriced == ()


def test_an_hour_of_the_channel_that_is_given_no_ladder_costs_what_is_calculated_by_hand() -> None:
    own = load_ladder(REPOSITORY / LADDER)
    # Four flows: 4 x 0.29 = 1.16. Two channels: 2 x (0.294 + 2 x 0.702 + 0.354) = 4.104.
    # The ladder: 5 + 3 + 0.8 + 3 x 0.128 = 9.184 Mbit/s, x 3600 / 8 / 1024 = 4.03594 GB an hour.
    both = 1.16 + 4.104
    # MediaPackage: 4 x 4.03594 x 0.03 = 0.48431.
    assert priced(ladder=own).total == pytest.approx(both + 0.48431, rel=0.01)
    # S3: 4 x 3 x 600 = 7,200 manifests and as many segments, 14,400 x 0.005 / 1000 = 0.072. Kept: 16.1437 GB for 24 of
    # 730 hours x 0.023 = 0.01221. The switch: 21,600 x 0.4 / 1e6 + 7,200 x 0.2 / 1e6 + 90 x 13.3334 / 1e6 = 0.01128.
    assert priced(ladder=own, kind="s3").total == pytest.approx(both + 0.072 + 0.01221 + 0.01128, rel=0.01)


def test_the_document_says_what_the_channel_that_is_given_no_ladder_costs() -> None:
    text = (REPOSITORY / "docs" / "cost.md").read_text(encoding="utf-8")
    assert "| **on air** | | **5.75** | **5.36** |" in text
    # 1,000 x 5.128 Mbit/s x 3600 / 8 / 1024 = 2,253.5 GB x 0.085 = 191.55; 1,200,000 requests: 1.20 + 0.12 + 0.036.
    # MediaPackage gives its ladder out once: 4.03594 x 0.05 = 0.2018. S3 is read 3,600 times: 0.00144.
    assert "| **with 1,000 viewers** | | **198.85** | **198.27** |" in text
    assert "$5.75 an hour on air with MediaPackage and $5.36 with buckets" in text
    assert "$193 an hour for each 1,000" in text


def test_an_input_costs_what_medialive_was_told_that_comes() -> None:
    assert usd(priced(contribution_bits=10_000_000), "channel_hd_input_10_hour") == pytest.approx(2 * 0.234)
    assert usd(priced(), "channel_hd_input_20_hour") == pytest.approx(2 * 0.294)
    told = InputSpecification(maximum_bitrate="MAX_20_MBPS")
    assert usd(priced(contribution_bits=5_000_000, specification=told), "channel_hd_input_20_hour") > 0


def test_an_environment_without_a_live_channel_is_told_what_was_assumed() -> None:
    answer = CliRunner().invoke(app, ["cost", "--env", "dev", "--no-quotas"])
    assert answer.exit_code == 0
    said = " ".join(answer.output.split())
    assert (
        "dev has no live channel (`live` in config.yaml): what one would cost in eu-central-1 and a second Region"
        in said
    )
    assert "USD an hour, together" in said


def test_gigabytes_are_counted_as_in_the_example_of_aws() -> None:
    # https://aws.amazon.com/mediapackage/pricing/: 5 + 2 + 1.2 + 0.8 + 0.5 Mbit/s are 4.175 GB an hour.
    assert float(gigabytes(9_500_000)) == pytest.approx(4.175, rel=0.001)


def test_buckets_are_paid_by_requests() -> None:
    found = priced(kind="s3", ladder=ladder(segment_seconds=2))
    # 4 pipelines x 3 renditions x 1,800 = 21,600 manifests and as many segments: 43,200 x 0.005 / 1000 = 0.216.
    assert usd(found, "s3_write") == pytest.approx(0.216, rel=0.01)
    # The dead man's switch: 64,800 requests x 0.4 / 1e6 = 0.0259; 21,600 runs x 0.2 / 1e6 = 0.0043;
    # 21,600 x 0.1 s x 0.125 GB = 270 GB-s x 13.3334 / 1e6 = 0.0036.
    assert usd(found, "sqs_request") == pytest.approx(0.02592, rel=0.01)
    assert usd(found, "lambda_request") == pytest.approx(0.00432, rel=0.01)
    assert usd(found, "lambda_gb_second_arm64") == pytest.approx(0.0036, rel=0.01)
    # Segments are kept for a day: 4 x 4.3436 GB x 24 / 730 = 0.5712 GB-months x 0.023 = 0.0131.
    assert usd(found, "s3_gb_month") == pytest.approx(0.0131, rel=0.01)
    assert found.total == pytest.approx(1.16 + 4.104 + 0.216 + 0.0131 + 0.02592 + 0.00432 + 0.0036, rel=0.01)


def test_viewers_are_paid_by_what_they_watch() -> None:
    found = priced(viewers=1000)
    # 1,000 x 5.128 Mbit/s: 5.128 / 1024 x 3600 / 8 = 2.25352 GB each, 2,253.52 x 0.085 = 191.55.
    assert usd(found, "edge_gb") == pytest.approx(191.55, rel=0.01)
    # 1,000 x 600 segments x 2 = 1,200,000 requests: x 0.01 / 10,000 = 1.20, functions 0.12, reads 0.036.
    assert usd(found, "edge_request") == pytest.approx(1.20, rel=0.01)
    assert usd(found, "edge_function") == pytest.approx(0.12, rel=0.01)
    assert usd(found, "edge_store_read") == pytest.approx(0.036, rel=0.01)
    # One cache asks for the whole ladder once: 4.3436 GB x 0.05.
    assert usd(found, "package_origination_gb") == pytest.approx(0.2172, rel=0.01)


def test_many_viewers_reach_the_lower_prices_of_cloudfront() -> None:
    found = priced(viewers=10_000, viewer_bits=5_128_000)
    # 22,535.2 GB: 10,240 x 0.085 + 12,295.2 x 0.08.
    assert usd(found, "edge_gb") == pytest.approx(870.40 + 983.61, rel=0.01)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"contribution_bits": 25_000_000}, "input and output of flows above 20 Mbit/s"),
        ({"contribution_bits": 25_000_000}, "input of a channel: AVC, HD, MAX_50_MBPS"),
        ({"specification": InputSpecification(codec="HEVC")}, "input of a channel: HEVC, HD, MAX_20_MBPS"),
        ({"ladder": ladder(frame_rate={"numerator": 50})}, "output full: 1920 x 1080, 50 frames a second"),
    ],
)
def test_what_has_no_price_is_named_and_not_guessed(change: dict[str, Any], named: str) -> None:
    found = priced(**change)
    assert any(one.startswith(named) for one in found.unpriced)
    assert found.total < priced().total


def test_the_table_shows_the_arithmetic_the_sum_and_the_dates() -> None:
    known = prices.load()
    text = list(lines(priced(), known))
    assert "    0.6400  flows, two a Region: 4 * 0.16" in text
    assert any(line.endswith("USD an hour, together") for line in text)
    assert "us-east-1" in text[-1]
    assert data(priced(), known)["usd_an_hour"] == pytest.approx(5.785, rel=0.001)
