"""Reads the tables of a query as its caller: Glue for the definition, S3 for the objects that are left.

Sources: https://docs.aws.amazon.com/athena/latest/ug/json-serde.html
https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlparse

from botocore.exceptions import ClientError

from headend.localcloud.athena import query_engine, statements
from headend.localcloud.athena.projection import Locations, columns_of, is_projected
from headend.localcloud.athena.query_engine import TableRows
from headend.localcloud.athena.query_failure import QueryFailedError
from headend.localcloud.athena.statements import Scan

OPENX = "org.openx.data.jsonserde.JsonSerDe"
JSON_SERDES = frozenset({OPENX, "org.apache.hive.hcatalog.data.JsonSerDe"})


@dataclass(frozen=True)
class StoredObject:
    """An object of a table, and the values of the partition that it is in."""

    bucket: str
    key: str
    size: int
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReadTable:
    """A table, and those of its objects that the query needs."""

    definition: dict[str, Any]
    objects: list[StoredObject]

    @property
    def size(self) -> int:
        """Bytes that are scanned."""
        return sum(one.size for one in self.objects)


class TableReader:
    """Reads tables with the clients of a query's caller, at one moment."""

    def __init__(self, glue: Any, s3: Any, now: datetime) -> None:
        self._glue = glue
        self._s3 = s3
        self._now = now

    def find(self, scans: list[Scan], database: str) -> list[ReadTable]:
        """The tables of the scans, each with the objects that any of its scans needs. Raises QueryFailedError."""
        by_table: dict[tuple[str, str], list[Scan]] = {}
        for scan in scans:
            by_table.setdefault((scan.database or database or "default", scan.table), []).append(scan)
        found = []
        for (schema, name), alike in by_table.items():
            definition = self._definition(schema, name)
            needed = {one: None for scan in alike for one in self._objects(definition, scan)}
            found.append(ReadTable(definition, list(needed)))
        return found

    def rows(self, table: ReadTable) -> TableRows:
        """The table's rows, read when they are asked for."""
        definition = table.definition
        columns = [*definition["StorageDescriptor"].get("Columns", []), *definition.get("PartitionKeys", [])]
        named = tuple((str(one["Name"]).lower(), str(one.get("Type", "string"))) for one in columns)
        return TableRows(str(definition["DatabaseName"]), str(definition["Name"]), named, self._lines(table))

    def _definition(self, database: str, name: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._glue.get_table(DatabaseName=database, Name=name)["Table"]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "EntityNotFoundException":
                raise QueryFailedError(
                    f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{database}.{name}' does not exist"
                ) from error
            raise QueryFailedError(
                f"Insufficient permissions to execute the query. {error.response['Error']['Message']}"
            ) from error
        return found

    def _objects(self, definition: dict[str, Any], scan: Scan) -> list[StoredObject]:
        location = str(definition["StorageDescriptor"].get("Location", ""))
        keys = [
            (str(one["Name"]).lower(), str(one.get("Type", "string"))) for one in definition.get("PartitionKeys", [])
        ]
        parameters = definition.get("Parameters") or {}
        conditions = scan.about(frozenset(name for name, _ in keys))
        if not keys:
            return list(self._listed(location))
        if is_projected(parameters):
            objects = self._projected(location, parameters, [name for name, _ in keys], conditions)
        else:
            objects = self._registered(definition, [name for name, _ in keys])
        if not conditions or not objects:
            return objects
        partitions = [dict(one) for one in dict.fromkeys(one.values for one in objects)]
        left = query_engine.chosen(partitions, keys, statements.where(conditions), self._now)
        wanted = {tuple(one.items()) for one in left}
        return [one for one in objects if one.values in wanted]

    def _projected(
        self, location: str, parameters: dict[str, str], names: list[str], conditions: list[statements.Node]
    ) -> list[StoredObject]:
        columns = columns_of(parameters, names)
        for column in columns:
            if column.type == "injected" and not statements.equal_to(conditions, column.name):
                raise QueryFailedError(
                    f"CONSTRAINT_VIOLATION: For the injected projected partition column {column.name}, the WHERE clause"
                    " must contain only static equality conditions, and at least one such condition must be present."
                )
        locations = Locations(location, parameters, columns)
        found = []
        for one in self._listed(locations.start):
            values = locations.partition(f"s3://{one.bucket}/{one.key}", self._now)
            if values is not None:
                ordered = tuple((name, values.get(name, "")) for name in names)
                found.append(StoredObject(one.bucket, one.key, one.size, ordered))
        return found

    def _registered(self, definition: dict[str, Any], names: list[str]) -> list[StoredObject]:
        """The objects of the partitions that Glue knows."""
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=definition["DatabaseName"], TableName=definition["Name"]
        )
        return [
            StoredObject(one.bucket, one.key, one.size, tuple(zip(names, partition["Values"], strict=True)))
            for page in pages
            for partition in page["Partitions"]
            for one in self._listed(str(partition["StorageDescriptor"]["Location"]))
        ]

    def _listed(self, location: str) -> Iterator[StoredObject]:
        """The objects below a location; those whose names begin with _ or . are hidden."""
        url = urlparse(location)
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=url.netloc, Prefix=url.path.lstrip("/")
            ):
                for one in page.get("Contents", []):
                    if not str(one["Key"]).rpartition("/")[2].startswith(("_", ".")) and one["Size"]:
                        yield StoredObject(url.netloc, str(one["Key"]), int(one["Size"]))
        except ClientError as error:
            raise QueryFailedError(_denied(location, error)) from error

    def _lines(self, table: ReadTable) -> Iterator[dict[str, Any]]:
        serde = table.definition["StorageDescriptor"].get("SerdeInfo", {})
        library = str(serde.get("SerializationLibrary", ""))
        if library not in JSON_SERDES:
            raise QueryFailedError(
                f"NOT_SUPPORTED: the local cloud reads JSON tables, not those of the SerDe {library!r}"
            )
        settings = {str(key).lower(): str(value).lower() for key, value in (serde.get("Parameters") or {}).items()}
        lenient = library == OPENX and settings.get("ignore.malformed.json") == "true"
        for one in table.objects:
            for line in self._text(one).splitlines():
                if line.strip():
                    yield {**_row(line, one, lenient=lenient), **dict(one.values)}

    def _text(self, one: StoredObject) -> str:
        try:
            content: bytes = self._s3.get_object(Bucket=one.bucket, Key=one.key)["Body"].read()
        except ClientError as error:
            raise QueryFailedError(_denied(f"s3://{one.bucket}/{one.key}", error)) from error
        return (gzip.decompress(content) if one.key.endswith(".gz") else content).decode("utf-8", "replace")


def _row(line: str, one: StoredObject, *, lenient: bool) -> dict[str, Any]:
    """A row by column name in lower case; with `lenient` a line that is no JSON object is a row of NULLs."""
    try:
        value = json.loads(line)
    except ValueError as error:
        value = None
        problem = str(error)
    else:
        problem = "A JSONObject text must begin with '{'"
    if isinstance(value, dict):
        return {str(key).lower(): field for key, field in value.items()}
    if lenient:
        return {}
    raise QueryFailedError(
        f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: {problem} (s3://{one.bucket}/{one.key})"
    )


def _denied(url: str, error: ClientError) -> str:
    if error.response["Error"]["Code"] in ("AccessDenied", "403"):
        return f"PERMISSION_DENIED: Permission denied on S3 path: {url}: {error.response['Error']['Message']}"
    return f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {url}: {error.response['Error']['Message']}"
