"""Which numbers segments get while a pipeline can be locked to the epoch, and while it cannot."""

from __future__ import annotations

from headend.localcloud.media.channel_encoding import Numbering
from headend.localcloud.media.grid import TICKS
from headend.localcloud.media.pipeline_encoder import Segment

FIRST = 897_646_720


def segment(number: int, late: float = 0.0, modifier: str = "_hd") -> Segment:
    """The segment of a number, whose timecode is so many seconds behind the time of day."""
    return Segment(modifier, FIRST + number, (FIRST + number) * 2 * TICKS, b"", b"", 2.0 * (FIRST + number) + late)


def test_a_timecode_within_two_minutes_of_the_time_of_day_gives_the_epochs_numbers() -> None:
    numbering = Numbering(locks=True)

    assert [numbering.number(segment(number, late)) for number, late in ((0, 2.2), (1, 119), (2, -119))] == [
        FIRST,
        FIRST + 1,
        FIRST + 2,
    ]


def test_a_timecode_that_is_three_minutes_off_is_counted_from_one_for_each_rendition() -> None:
    numbering = Numbering(locks=True)

    assert [numbering.number(segment(number, 180)) for number in (0, 1, 2)] == [1, 2, 3]
    assert numbering.number(segment(2, 180, "_sd")) == 1


def test_a_channel_that_is_not_locked_to_the_epoch_counts_from_one() -> None:
    numbering = Numbering(locks=False)

    assert [numbering.number(segment(number)) for number in (0, 1)] == [1, 2]


def test_a_timecode_that_goes_wrong_and_comes_back_never_takes_a_number_twice() -> None:
    numbering = Numbering(locks=True)
    late = (0, 0, 180, 180, 0)

    assert [numbering.number(segment(number, late[number])) for number in range(5)] == [
        FIRST + number for number in range(5)
    ]
