"""Whatever the order, the delay and the repetition of messages: what is written in time stays, what is not goes."""

import heapq
import itertools
import math
from dataclasses import dataclass, field

from expiry.events import parse
from expiry.service import EXPIRED, Expirer
from hypothesis import given
from hypothesis import strategies as st

from unit.lambda_src.expiry_cases import BUCKET, KEPT, KEY, Bucket, notification

KEYS = (KEY, KEY.replace("primary", "backup"))


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["write", "deliver"]), st.sampled_from(KEYS), st.integers(0, 5)), max_size=40
    )
)
def test_a_message_never_deletes_what_was_written_after_it(steps: list[tuple[str, str, int]]) -> None:
    """`deliver` brings a message of any earlier write, also again, in any order."""
    bucket = Bucket()
    expirer = Expirer(bucket, BUCKET, KEPT)
    texts: dict[str, list[str]] = {key: [] for key in KEYS}
    for what, key, number in steps:
        if what == "write":
            texts[key].append(str(len(texts[key])))
            bucket.write(key, texts[key][-1])
        elif texts[key]:
            text = texts[key][number % len(texts[key])]
            before = dict(bucket.objects)
            [written] = parse(notification(key, text))
            outcome = expirer.expire(written)
            if outcome == EXPIRED:
                assert before.pop(key) == text == texts[key][-1]
            assert bucket.objects == before


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=6))
def test_once_every_message_has_come_nothing_is_left(order: list[int], again: list[int]) -> None:
    bucket = Bucket()
    expirer = Expirer(bucket, BUCKET, KEPT)
    for number in range(6):
        bucket.write(KEY, str(number))
    for number in [*order, *again]:
        [written] = parse(notification(KEY, str(number)))
        expirer.expire(written)
    assert bucket.objects == {}


@given(
    before=st.lists(st.sampled_from(["nothing", "write", "delete"]), max_size=4),
    text=st.sampled_from(["0", "1", "2"]),
)
def test_what_others_do_while_a_request_is_under_way_decides(before: list[str], text: str) -> None:
    """The race of ETags: S3 sees the message's one request either before or after each of the others'."""
    bucket = Bucket()
    bucket.write(KEY, "0")
    numbers = itertools.count(1)

    def meanwhile() -> None:
        for what in before:
            if what == "write":
                bucket.write(KEY, str(next(numbers)))
            if what == "delete":
                bucket.objects.pop(KEY, None)
        after.update(bucket.objects)

    after: dict[str, str] = {}
    bucket.before = meanwhile
    [written] = parse(notification(KEY, text))
    expired = Expirer(bucket, BUCKET, KEPT).expire(written) == EXPIRED
    assert expired == (after.get(KEY) == text)
    assert bucket.objects == ({} if expired else after)


@dataclass
class Stream:
    """An encoder that writes a manifest for each segment until it stops, and the switch that each write arms.

    Attributes:
        segment: seconds from one write to the next; the write of number n comes `late[n]` seconds after its time.
        delay: of the queue, in seconds; `latency[n]` more until the message of write n is settled.
    """

    segment: float
    delay: float
    late: list[float]
    latency: list[float]
    conditional: bool = True
    missing: list[tuple[float, float]] = field(default_factory=list)

    def run(self) -> "Stream":
        """Let it happen in the order of time; `missing` are the times without a manifest after the first write."""
        writes = [number * self.segment + late for number, late in enumerate(self.late)]
        happens = [(at, 0, number) for number, at in enumerate(writes)]
        happens += [(at + self.delay + self.latency[number], 1, number) for number, at in enumerate(writes)]
        heapq.heapify(happens)
        bucket, gone = Bucket(), math.inf
        expirer = Expirer(bucket, BUCKET, KEPT, conditional=self.conditional)
        while happens:
            at, what, number = heapq.heappop(happens)
            if what == 0:
                if gone < at:
                    self.missing.append((gone, at))
                bucket.write(KEY, str(number))
                gone = math.inf
            else:
                [written] = parse(notification(KEY, str(number)))
                expirer.expire(written)
                if KEY not in bucket.objects:
                    gone = min(gone, at)
        self.missing.append((gone, math.inf))
        return self


SEGMENTS = st.integers(1, 10)


def _lists(least: float, most: float) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(least, most, allow_nan=False), min_size=8, max_size=8)


@given(SEGMENTS, _lists(0, 0.45), _lists(0, 30))
def test_a_manifest_that_is_written_in_time_is_never_missing(
    segment: int, late: list[float], latency: list[float]
) -> None:
    """In time is within 1.45 segments of the one before: also messages that come much too late do no harm."""
    stream = Stream(segment, math.ceil(1.8 * segment), [one * segment for one in late], latency).run()
    [(gone, _)] = stream.missing
    assert gone >= 7 * segment, "only after the last write"


@given(SEGMENTS, _lists(0, 0.45), _lists(0, 5))
def test_a_manifest_that_is_not_written_again_is_gone_as_soon_as_its_own_message_comes(
    segment: int, late: list[float], latency: list[float]
) -> None:
    delay = math.ceil(1.8 * segment)
    stream = Stream(segment, delay, [one * segment for one in late], latency).run()
    [(gone, _)] = stream.missing
    assert gone == 7 * segment + late[-1] * segment + delay + latency[-1]


def test_with_1_8_segments_players_that_hold_three_fail_over_in_time_and_with_4_they_do_not() -> None:
    """What is left in a player's buffer when the manifest goes, counted from the last write."""
    held = 3 * 2
    ends = {}
    for factor in (1.8, 4):
        delay = math.ceil(factor * 2)
        [(gone, _)] = Stream(2, delay, [0.0] * 8, [0.0] * 8).run().missing
        ends[factor] = gone - 7 * 2
    assert ends[1.8] < held < ends[4]


@given(_lists(0, 0.45), _lists(0, 5))
def test_without_if_match_manifests_are_missing_while_the_encoder_writes(
    late: list[float], latency: list[float]
) -> None:
    """What the drill shows."""
    stream = Stream(2, 4, [one * 2 for one in late], latency, conditional=False).run()
    assert len(stream.missing) > 1
