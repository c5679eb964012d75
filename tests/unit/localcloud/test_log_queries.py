"""Saved Logs Insights queries in the local cloud."""

from __future__ import annotations

import uuid

import pytest
from botocore.exceptions import ClientError

from .conftest import RunningCloud


def test_a_saved_query_is_found_by_the_beginning_of_its_name(cloud: RunningCloud) -> None:
    logs, folder = cloud.client("logs"), uuid.uuid4().hex
    for name in ("b", "a"):
        logs.put_query_definition(name=f"{folder}/{name}", queryString="fields @message", logGroupNames=["/x"])
    found = logs.describe_query_definitions(queryDefinitionNamePrefix=f"{folder}/")["queryDefinitions"]
    assert [query["name"] for query in found] == [f"{folder}/a", f"{folder}/b"]
    assert {key: found[0][key] for key in ("queryString", "logGroupNames", "queryLanguage")} == {
        "queryString": "fields @message",
        "logGroupNames": ["/x"],
        "queryLanguage": "CWLI",
    }


def test_pages_follow_one_another(cloud: RunningCloud) -> None:
    logs, folder = cloud.client("logs"), uuid.uuid4().hex
    for number in range(3):
        logs.put_query_definition(name=f"{folder}/{number}", queryString="fields @message")
    first = logs.describe_query_definitions(queryDefinitionNamePrefix=folder, maxResults=2)
    rest = logs.describe_query_definitions(queryDefinitionNamePrefix=folder, maxResults=2, nextToken=first["nextToken"])
    names = [query["name"] for query in first["queryDefinitions"] + rest["queryDefinitions"]]
    assert names == [f"{folder}/{number}" for number in range(3)]
    assert "nextToken" not in rest


def test_a_query_with_its_id_is_changed_not_added(cloud: RunningCloud) -> None:
    logs, name = cloud.client("logs"), uuid.uuid4().hex
    identity = logs.put_query_definition(name=name, queryString="fields @message")["queryDefinitionId"]
    logs.put_query_definition(name=name, queryString="stats count()", queryDefinitionId=identity)
    found = logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"]
    assert [query["queryString"] for query in found] == ["stats count()"]


def test_a_deleted_query_is_gone_and_cannot_be_deleted_again(cloud: RunningCloud) -> None:
    logs, name = cloud.client("logs"), uuid.uuid4().hex
    identity = logs.put_query_definition(name=name, queryString="fields @message")["queryDefinitionId"]
    assert logs.delete_query_definition(queryDefinitionId=identity)["success"]
    assert logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"] == []
    with pytest.raises(ClientError) as error:
        logs.delete_query_definition(queryDefinitionId=identity)
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
