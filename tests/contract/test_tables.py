"""DynamoDB's answers that Terraform's provider reads word by word."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from running_cloud import RunningCloud


@pytest.mark.contract(
    "Deleting a table that is not there fails with an error that names it",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html",
)
def test_deleting_a_table_that_is_not_there_names_it(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("dynamodb").delete_table(TableName="gone")
    error = refused.value.response["Error"]
    assert error["Code"] == "ResourceNotFoundException"
    assert error["Message"] == "Requested resource not found: Table: gone not found"
