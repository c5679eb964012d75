"""VPCs in the local cloud."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from headend.localcloud.inventory import Inventory

from .conftest import RunningCloud


def test_a_deleted_vpc_takes_its_default_network_acl_along(cloud: RunningCloud) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="192.0.2.0/24")["Vpc"]["VpcId"]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    assert len(ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"]) == 1
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"] == []


def test_a_vpc_with_a_subnet_stays(cloud: RunningCloud) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="198.51.100.0/24")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="198.51.100.0/25")
    with pytest.raises(ClientError) as error:
        ec2.delete_vpc(VpcId=vpc)
    assert error.value.response["Error"]["Code"] == "DependencyViolation"


def test_a_deleted_endpoint_is_not_left_over(cloud: RunningCloud) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="203.0.113.0/24")["Vpc"]["VpcId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.eu-central-1.s3", VpcEndpointType="Gateway"
    )["VpcEndpoint"]
    identity = endpoint["VpcEndpointId"]
    inventory = cloud.server.part(Inventory)
    assert identity in [one["id"] for one in inventory.resources()]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[identity])
    assert identity not in [one["id"] for one in inventory.resources()]
