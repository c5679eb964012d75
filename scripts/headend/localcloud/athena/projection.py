"""Which objects of a table belong to which partition, by partition projection.

AWS makes the locations from the properties and reads what lies there. Here the objects are listed and matched with the
locations' template; what is outside of a column's values or range is not read, as on AWS. A date's interval is not
looked at.

Sources: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
https://docs.aws.amazon.com/athena/latest/ug/partition-projection-setting-up.html
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headend.localcloud.athena.query_failure import QueryFailedError

PLACE = re.compile(r"\$\{(\w+)\}")
FROM_NOW = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*([A-Z]+?)S?)?", re.IGNORECASE)
UNITS = {"WEEK": timedelta(weeks=1), "DAY": timedelta(days=1), "HOUR": timedelta(hours=1)}
UNITS |= {"MINUTE": timedelta(minutes=1), "SECOND": timedelta(seconds=1)}
JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
JAVA_PART = re.compile(r"'([^']*)'|yyyy|MM|dd|HH|mm|ss|.")


@dataclass(frozen=True)
class Column:
    """A projected partition column: its type, and what the type has of values, range, format and digits."""

    name: str
    type: str
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    format: str = ""
    digits: int = 0

    @property
    def pattern(self) -> str:
        """What its values look like in a location."""
        if self.type == "enum":
            return "|".join(re.escape(value) for value in self.values)
        if self.type == "integer":
            return r"-?\d+"
        if self.type == "date":
            return "".join(
                re.escape(part[1])
                if part[1] is not None
                else rf"\d{{{len(part[0])}}}"
                if part[0] in JAVA
                else re.escape(part[0])
                for part in JAVA_PART.finditer(self.format)
            )
        return "[^/]+"

    def has(self, value: str, now: datetime) -> bool:
        """Whether the value is one of the column's."""
        if self.type == "enum":
            return value in self.values
        if self.type == "integer":
            return int(self.low) <= int(value) <= int(self.high) and len(value.lstrip("-")) >= self.digits
        if self.type == "date":
            try:
                moment = self._moment(value)
            except ValueError:
                return False
            return self._bound(self.low, now) <= moment <= self._bound(self.high, now)
        return True

    def _moment(self, text: str) -> datetime:
        parts = [
            part[1] if part[1] is not None else JAVA.get(part[0], part[0]) for part in JAVA_PART.finditer(self.format)
        ]
        return datetime.strptime(text, "".join(parts)).replace(tzinfo=UTC)

    def _bound(self, text: str, now: datetime) -> datetime:
        relative = FROM_NOW.fullmatch(text.strip())
        if not relative:
            return self._moment(text.strip())
        sign, count, unit = relative.groups()
        if not sign:
            return now
        amount = int(count) if sign == "+" else -int(count)
        moment = (
            _months(now, amount * (12 if unit.upper() == "YEAR" else 1))
            if unit.upper() in ("YEAR", "MONTH")
            else (now + amount * UNITS[unit.upper()])
        )
        return moment if sign == "+" else self._moment(moment.strftime(self._python))

    @property
    def _python(self) -> str:
        return "".join(
            part[1] if part[1] is not None else JAVA.get(part[0], part[0]) for part in JAVA_PART.finditer(self.format)
        )


def is_projected(parameters: Mapping[str, str]) -> bool:
    """Whether the table's properties switch partition projection on."""
    return str(parameters.get("projection.enabled", "")).strip().lower() == "true"


def columns_of(parameters: Mapping[str, str], names: list[str]) -> list[Column]:
    """The projected columns. Raises QueryFailedError for properties that say too little."""
    found = []
    for name in names:

        def told(what: str, name: str = name) -> str:
            value = parameters.get(f"projection.{name}.{what}")
            if value is None:
                raise QueryFailedError(
                    f"INVALID_TABLE_PROPERTY: Table is configured for partition projection, but the property"
                    f" 'projection.{name}.{what}' of the partition column {name} is missing"
                )
            return value

        kind = told("type").strip().lower()
        if kind == "enum":
            found.append(Column(name, kind, values=tuple(told("values").split(","))))
        elif kind in ("integer", "date"):
            low, _, high = told("range").partition(",")
            form = told("format") if kind == "date" else ""
            digits = int(parameters.get(f"projection.{name}.digits", "0"))
            found.append(Column(name, kind, low=low.strip(), high=high.strip(), format=form, digits=digits))
        elif kind == "injected":
            found.append(Column(name, kind))
        else:
            raise QueryFailedError(f"INVALID_TABLE_PROPERTY: Unknown projection type {kind!r} of the column {name}")
    return found


class Locations:
    """The locations of a projected table: which partition an object belongs to."""

    def __init__(self, location: str, parameters: Mapping[str, str], columns: list[Column]) -> None:
        default = location.rstrip("/") + "/" + "".join(f"{one.name}=${{{one.name}}}/" for one in columns)
        template = parameters.get("storage.location.template", default).rstrip("/") + "/"
        self._columns = {column.name: column for column in columns}
        parts = PLACE.split(template)
        self.start = parts[0]
        pattern = "".join(
            f"(?P<{part}>{self._columns[part].pattern})" if number % 2 and part in self._columns else re.escape(part)
            for number, part in enumerate(parts)
        )
        self._pattern = re.compile(pattern)

    def partition(self, url: str, now: datetime) -> dict[str, str] | None:
        """The values of the partition columns of an object (s3://bucket/key); None when it is in no partition."""
        found = self._pattern.match(url)
        if not found:
            return None
        values = found.groupdict()
        return values if all(self._columns[name].has(value, now) for name, value in values.items()) else None


def _months(moment: datetime, months: int) -> datetime:
    month = moment.year * 12 + moment.month - 1 + months
    year, number = divmod(month, 12)
    return moment.replace(year=year, month=number + 1, day=min(moment.day, calendar.monthrange(year, number + 1)[1]))
