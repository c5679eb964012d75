"""The datapoints of one metric type in one window, as series."""

from collections.abc import Iterable

from analytics.datapoints import Datapoint, SeriesKey
from analytics.series import Series, Window

Collection = dict[SeriesKey, Series]


def collect(datapoints: Iterable[Datapoint], window: Window) -> Collection:
    """Series by their keys. Memory grows with the number of series, not with that of datapoints."""
    found: Collection = {}
    for one in datapoints:
        slot = window.slot(one.timestamp)
        if slot is None:
            continue
        series = found.get(one.key)
        if series is None:
            series = found[one.key] = Series(window.slots, one.unit)
        series.add(slot, one.timestamp, one.value)
    return found


def hosts(collection: Iterable[SeriesKey]) -> set[str]:
    """Whose series they are."""
    return {key.host for key in collection}
