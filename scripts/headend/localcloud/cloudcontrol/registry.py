"""The CloudFormation registry: resource type schemas, DescribeType, and the checks that Cloud Control makes with them.

The schemas are the public ones that the cfn-lint package carries for each Region.
Source: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

import importlib.resources
import json
import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import jsonschema
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import LocalCloudServer, aws_error

Json = dict[str, Any]


@cache
def _types(region: str) -> dict[str, str]:
    """The type names of a Region and the names of their schema files."""
    path = importlib.resources.files("cfnlint") / "data" / "schemas" / "providers" / f"{region}.json"
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


@cache
def _load(file_name: str) -> Json:
    path = importlib.resources.files("cfnlint") / "data" / "schemas" / "resources" / f"{file_name}.json"
    schema: Json = json.loads(path.read_text(encoding="utf-8"))
    return schema


def schema_of(type_name: str, region: str) -> Json | None:
    """The schema of a type in a Region, None when the Region has no such type."""
    file_name = _types(region).get(type_name)
    return _load(file_name) if file_name else None


def paths(schema: Json, kind: str) -> list[str]:
    """The JSON pointers of `kind` (`readOnlyProperties`, `createOnlyProperties`, …), without `/properties`."""
    pointers: list[str] = schema.get(kind, [])
    return [pointer.replace("/properties/", "/", 1) for pointer in pointers]


def problems(schema: Json, model: Json) -> list[str]:
    """What is wrong with a resource model, in the words of AWS's validator; empty when it is valid."""
    checked = {key: value for key, value in schema.items() if key in ("properties", "definitions")}
    checked |= {key: schema[key] for key in ("required", "additionalProperties", "oneOf", "anyOf") if key in schema}
    errors = jsonschema.Draft7Validator({"type": "object", **checked}).iter_errors(model)
    found = [text for error in errors for text in _in_words(error)]
    return sorted(found)


def describe_type(request: Request, region: str) -> Response:
    """CloudFormation's DescribeType for public AWS resource types.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeType.html
    """
    name = request.form.get("TypeName") or request.form.get("Arn", "").rpartition("/")[2].replace("-", "::")
    schema = schema_of(name, region)
    if schema is None or request.form.get("Type", "RESOURCE") != "RESOURCE":
        message = f"The type '{name}' cannot be found."
        return aws_error("TypeNotFoundException", message, "cloudformation", status=404)
    handlers = schema.get("handlers", {})
    kind = "FULLY_MUTABLE" if "update" in handlers else "IMMUTABLE" if handlers else "NON_PROVISIONABLE"
    shown = {
        "Arn": f"arn:aws:cloudformation:{region}::type/resource/{name.replace('::', '-')}",
        "DeprecatedStatus": "LIVE",
        "Description": schema.get("description", ""),
        "IsDefaultVersion": "true",
        "ProvisioningType": kind,
        "Schema": json.dumps(schema),
        "SourceUrl": schema.get("sourceUrl", ""),
        "Type": "RESOURCE",
        "TypeName": name,
        "Visibility": "PUBLIC",
    }
    members = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in shown.items() if value)
    text = (
        '<DescribeTypeResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
        f"<DescribeTypeResult>{members}</DescribeTypeResult>"
        "<ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></DescribeTypeResponse>"
    )
    return Response(text, mimetype="text/xml")


def install(cloud: LocalCloudServer) -> None:
    """Answer DescribeType, which moto lacks."""
    cloud.add_operation("cloudformation", "DescribeType", describe_type)


def _in_words(error: Any) -> list[str]:
    place = "#" + "".join(f"/{part}" for part in error.absolute_path)
    match error.validator:
        case "required":
            missing = re.findall(r"'([^']+)' is a required property", error.message)
            return [f"{place}: required key [{key}] not found" for key in missing]
        case "additionalProperties":
            known = error.schema.get("properties", {})
            return [f"{place}: extraneous key [{key}] is not permitted" for key in error.instance if key not in known]
        case "type":
            actual = {dict: "JSONObject", list: "JSONArray", str: "String", bool: "Boolean", int: "Integer"}
            return [f"{place}: expected type: {_title(error.validator_value)}, found: {_name(error.instance, actual)}"]
        case "enum":
            return [f"{place}: {error.instance} is not a valid enum value"]
        case "pattern":
            return [f"{place}: string [{error.instance}] does not match pattern {error.validator_value}"]
    return [f"{place}: {error.message}"]


def _title(name: str | list[str]) -> str:
    names = [name] if isinstance(name, str) else name
    return " or ".join({"object": "JSONObject", "array": "JSONArray"}.get(known, known.title()) for known in names)


def _name(value: Any, names: dict[type, str]) -> str:
    return names.get(type(value), "Null" if value is None else "Number")
