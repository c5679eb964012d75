"""DynamoDB as AWS answers it where moto says less.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.dynamodb.exceptions import ResourceNotFoundException

from headend.localcloud import moto_patches

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

OWNER = "moto.dynamodb.models:DynamoDBBackend"


def install(_cloud: LocalCloudServer) -> None:
    """Name the table in the error of DeleteTable: by that name Terraform knows that a deletion is done."""

    def delete(self: Any, name: str) -> Any:
        if name.rpartition("/")[2] not in self.tables:
            raise ResourceNotFoundException(table_name=name.rpartition("/")[2])
        return moto_patches.original(OWNER, "delete_table")(self, name)

    moto_patches.replace(OWNER, "delete_table", delete)
