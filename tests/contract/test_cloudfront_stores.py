"""The data API of key-value stores."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.cloudfront_stage import new_store, some_name, store_client, store_version
from headend.localcloud import ACCOUNT_ID
from running_cloud import RunningCloud

PAGES = "https://docs.aws.amazon.com/cloudfront/latest/APIReference"
GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
SIGNED = "Asked with SigV4: AWS takes SigV4A only, for which boto3 needs a further package."


@pytest.mark.contract("Keys are put, read, listed and deleted", source=f"{PAGES}/API_kvs_PutKey.html", limits=SIGNED)
def test_keys(cloud: RunningCloud) -> None:
    client, arn = store_client(cloud), new_store(cloud)
    made = client.put_key(KvsARN=arn, Key="preferred/live", Value="first", IfMatch=store_version(client, arn))
    assert (made["ItemCount"], made["TotalSizeInBytes"]) == (1, len("preferred/live" + "first"))
    assert client.get_key(KvsARN=arn, Key="preferred/live")["Value"] == "first"
    assert client.list_keys(KvsARN=arn)["Items"] == [{"Key": "preferred/live", "Value": "first"}]
    client.delete_key(KvsARN=arn, Key="preferred/live", IfMatch=made["ETag"])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_key(KvsARN=arn, Key="preferred/live")
    assert client.describe_key_value_store(KvsARN=arn)["ItemCount"] == 0


@pytest.mark.contract(
    "A write names the version it changes, and fails with a conflict when there is a newer one",
    source=f"{PAGES}/API_kvs_PutKey.html",
    limits=SIGNED,
)
def test_a_write_names_its_version(cloud: RunningCloud) -> None:
    client, arn = store_client(cloud), new_store(cloud)
    old = store_version(client, arn)
    client.put_key(KvsARN=arn, Key="a", Value="1", IfMatch=old)
    with pytest.raises(client.exceptions.ConflictException):
        client.put_key(KvsARN=arn, Key="a", Value="2", IfMatch=old)
    assert client.get_key(KvsARN=arn, Key="a")["Value"] == "1"


@pytest.mark.contract(
    "Several keys change together or not at all", source=f"{PAGES}/API_kvs_UpdateKeys.html", limits=SIGNED
)
def test_several_keys_change_together(cloud: RunningCloud) -> None:
    client, arn = store_client(cloud), new_store(cloud)
    puts = [{"Key": name, "Value": name * 2} for name in ("a", "b", "c")]
    made = client.update_keys(KvsARN=arn, Puts=puts, IfMatch=store_version(client, arn))
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.update_keys(
            KvsARN=arn, Puts=[{"Key": "d", "Value": "x"}], Deletes=[{"Key": "none"}], IfMatch=made["ETag"]
        )
    assert [one["Key"] for one in client.list_keys(KvsARN=arn)["Items"]] == ["a", "b", "c"]
    first = client.list_keys(KvsARN=arn, MaxResults=2)
    rest = client.list_keys(KvsARN=arn, MaxResults=2, NextToken=first["NextToken"])
    assert [one["Key"] for one in first["Items"] + rest["Items"]] == ["a", "b", "c"]
    assert "NextToken" not in rest


@pytest.mark.contract("Keys and values have a greatest length", source=f"{GUIDE}/cloudfront-limits.html", limits=SIGNED)
@pytest.mark.parametrize(("key", "value"), [("k" * 513, "v"), ("k", "v" * 1025)], ids=["key", "value"])
def test_the_size_of_keys_and_values(cloud: RunningCloud, key: str, value: str) -> None:
    client, arn = store_client(cloud), new_store(cloud)
    with pytest.raises(ClientError, match="ValidationException"):
        client.put_key(KvsARN=arn, Key=key, Value=value, IfMatch=store_version(client, arn))


@pytest.mark.contract("A store that is not there is not found", source=f"{PAGES}/API_kvs_GetKey.html", limits=SIGNED)
def test_a_store_that_is_not_there(cloud: RunningCloud) -> None:
    client = store_client(cloud)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_key(KvsARN=f"{new_store(cloud)[:-4]}0000", Key="a")


@pytest.mark.contract(
    "Of several writes that name the same version one succeeds", source=f"{PAGES}/API_kvs_PutKey.html", limits=SIGNED
)
def test_writes_at_the_same_time(cloud: RunningCloud) -> None:
    arn, made, clients = new_store(cloud), [], [store_client(cloud) for _ in range(4)]
    version = store_version(clients[0], arn)

    def write(client: Any, value: str) -> None:
        try:
            client.put_key(KvsARN=arn, Key="a", Value=value, IfMatch=version)
            made.append(value)
        except client.exceptions.ConflictException:
            pass

    threads = [threading.Thread(target=write, args=(one, str(number))) for number, one in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [clients[0].get_key(KvsARN=arn, Key="a")["Value"]] == made


@pytest.mark.contract("Keys may hold any sign", source=f"{PAGES}/API_kvs_PutKey.html", limits=SIGNED)
@pytest.mark.parametrize("key", ["a/b", "a%2Fb", "a b", "ä", "keys", "a/keys/b"])
def test_signs_in_keys(cloud: RunningCloud, key: str) -> None:
    client, arn = store_client(cloud), new_store(cloud)
    client.put_key(KvsARN=arn, Key=key, Value="1", IfMatch=store_version(client, arn))
    assert [one["Key"] for one in client.list_keys(KvsARN=arn)["Items"]] == [key]
    assert client.get_key(KvsARN=arn, Key=key)["Value"] == "1"


@pytest.mark.contract(
    "A write needs cloudfront-keyvaluestore:PutKey on the store",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfrontkeyvaluestore.html",
    limits=SIGNED,
)
@pytest.mark.parametrize("allowed", [True, False])
def test_permissions(cloud: RunningCloud, allowed: bool) -> None:
    arn, admin = new_store(cloud), store_client(cloud)
    resource = arn if allowed else f"{arn[:-4]}0000"
    actions = ["cloudfront-keyvaluestore:PutKey", "cloudfront-keyvaluestore:GetKey"]
    allow = {"Effect": "Allow", "Action": actions, "Resource": resource}
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
    documents = [{"Version": "2012-10-17", "Statement": [statement]} for statement in (allow, trust)]
    got = cloud.client("sts").assume_role(RoleArn=cloud.role(some_name("r"), *documents), RoleSessionName="stores")
    client = store_client(cloud, got["Credentials"])
    version = store_version(admin, arn)
    if allowed:
        client.put_key(KvsARN=arn, Key="a/b", Value="1", IfMatch=version)
        assert client.get_key(KvsARN=arn, Key="a/b")["Value"] == "1"
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_key(KvsARN=arn, Key="a/b", IfMatch=store_version(admin, arn))
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            client.put_key(KvsARN=arn, Key="a/b", Value="1", IfMatch=version)
