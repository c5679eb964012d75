"""The states that a table passes through: CREATING, UPDATING and DELETING, each for a moment.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches
from headend.localcloud.rejections.in_between import SECONDS, InBetween, Key
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.dynamodb.models:DynamoDBBackend"
TABLE = "moto.dynamodb.models.table:Table"


def key_of(region: str, name: str) -> Key:
    """By which the state of a table is kept."""
    return "dynamodb", region, name


def install(cloud: LocalCloudServer) -> None:
    """Enter the states where tables are made, changed and deleted, and show them."""
    states = cloud.part(InBetween)
    # It names the table in its error: the deletion that comes a moment later is that one.
    delete_now = moto_patches.resolve(BACKEND).delete_table

    def create(self: Any, *arguments: Any, **named: Any) -> Any:
        made = moto_patches.original(BACKEND, "create_table")(self, *arguments, **named)
        states.enter(key_of(self.region_name, made.name), "CREATING")
        return made

    def update(self: Any, *arguments: Any, **named: Any) -> Any:
        made = moto_patches.original(BACKEND, "update_table")(self, *arguments, **named)
        states.enter(key_of(self.region_name, made.name), "UPDATING")
        return made

    def delete(self: Any, name: str) -> Any:
        table = self.tables.get(name.rpartition("/")[2])
        if table is None or table.deletion_protection_enabled or cloud.clock.paused:
            return delete_now(self, name)

        def gone() -> None:
            with cloud.alone("dynamodb"):
                if self.tables.get(table.name) is table:
                    delete_now(self, table.name)

        states.enter(key_of(self.region_name, table.name), "DELETING", SECONDS + 1.0)
        cloud.part(Timers).after(SECONDS, f"deletion of table {table.name}", gone)
        return table

    def describe(self: Any, base_key: str = "TableDescription") -> dict[str, Any]:
        shown: dict[str, Any] = moto_patches.original(TABLE, "describe")(self, base_key)
        state = states.state(key_of(self.region_name, self.name))
        if state:
            shown[base_key]["TableStatus"] = state
        return shown

    moto_patches.replace(BACKEND, "create_table", create)
    moto_patches.replace(BACKEND, "update_table", update)
    moto_patches.replace(BACKEND, "delete_table", delete)
    moto_patches.replace(TABLE, "describe", describe)
