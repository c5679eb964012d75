"""What a Distributed Map reads from S3: lists of objects, JSON, JSON Lines, CSV, inventories.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

MOST_ITEMS = 100_000_000
DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
LISTED = ("Key", "Size", "StorageClass")


class ReadingError(Exception):
    """The data cannot be read as items."""


def read(client: Any, action: str, parameters: dict[str, Any], config: dict[str, Any]) -> list[Any]:
    """The items that an ItemReader reads, at most MaxItems. Raises ReadingError, and botocore's ClientError."""
    most = config.get("MaxItems", 0)
    if isinstance(most, str) and most.isdigit():
        most = int(most)
    if isinstance(most, bool) or not isinstance(most, int):
        raise ReadingError(f"The MaxItemsPath field refers to value '{most}' which is not a valid integer")
    if most < 0:
        raise ReadingError("field MaxItems must be positive")
    if action == "listObjectsV2":
        items = _objects(client, parameters)
    elif action == "getObject":
        items = _contents(client, parameters, config)
    else:
        raise ReadingError(f"An ItemReader cannot use {action}")
    return list(itertools.islice(items, min(most or MOST_ITEMS, MOST_ITEMS)))


def pairs(items: Any) -> list[Any]:
    """An array as it is; an object as a list of its keys and values."""
    if isinstance(items, dict):
        return [{"Key": key, "Value": value} for key, value in items.items()]
    if not isinstance(items, list):
        raise ReadingError("Attempting to map over non-iterable node.")
    return items


def _objects(client: Any, parameters: dict[str, Any]) -> Iterator[Any]:
    for page in client.get_paginator("list_objects_v2").paginate(**parameters):
        for found in page.get("Contents", []):
            yield {
                "Etag": found["ETag"],
                "LastModified": int(found["LastModified"].timestamp()),
                **{name: found[name] for name in LISTED if name in found},
            }


def _contents(client: Any, parameters: dict[str, Any], config: dict[str, Any]) -> Iterator[Any]:
    kind = config.get("InputType", "JSON")
    data = _body(client, parameters)
    if kind == "JSON":
        return iter(pairs(_pointed(_json(data), config.get("ItemsPointer", ""))))
    if kind == "JSONL":
        return (_json(line) for line in data.decode().splitlines() if line.strip())
    if kind == "CSV":
        return _rows(data, config)
    if kind == "MANIFEST":
        return _inventory(client, _json(data))
    raise ReadingError(f"The local cloud cannot read InputType {kind}")


def _body(client: Any, parameters: dict[str, Any]) -> bytes:
    data: bytes = client.get_object(**parameters)["Body"].read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _json(data: bytes | str) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise ReadingError(f"Unable to parse the JSON data: {error}") from error


def _pointed(value: Any, pointer: str) -> Any:
    """The part of `value` that a JSON pointer names."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise ReadingError(f"The ItemsPointer '{pointer}' names nothing") from error
    return value


def _rows(data: bytes, config: dict[str, Any]) -> Iterator[dict[str, str]]:
    rows = csv.reader(
        io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=DELIMITERS[config.get("CSVDelimiter", "COMMA")]
    )
    given = config.get("CSVHeaderLocation") == "GIVEN"
    headers = list(config.get("CSVHeaders", [])) if given else next(rows, [])
    if len(set(headers)) != len(headers):
        raise ReadingError("CSV headers cannot contain duplicates.")
    for row in rows:
        if row:
            padded = row + [""] * (len(headers) - len(row))
            yield dict(zip(headers, padded, strict=False))


def _inventory(client: Any, manifest: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The rows of the files of an S3 inventory in CSV."""
    if manifest.get("fileFormat", "CSV") != "CSV":
        raise ReadingError(f"The local cloud cannot read inventories in {manifest['fileFormat']}")
    headers = [name.strip() for name in manifest["fileSchema"].split(",")]
    bucket = manifest["destinationBucket"].rpartition(":")[2]
    for file in manifest["files"]:
        data = _body(client, {"Bucket": bucket, "Key": file["key"]})
        for row in csv.reader(io.StringIO(data.decode(), newline="")):
            yield dict(zip(headers, row, strict=False))
