"""Key-value stores: made with CloudFront's API, read and written with an API of their own.

Adds to moto: PROVISIONING before READY, If-Match, stores in use, and the whole data API.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/kvs-with-functions.html
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations_Amazon_CloudFront_KeyValueStore.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from headend.localcloud.cloudfront.errors import CloudFrontError
from headend.localcloud.cloudfront.records import (
    Config,
    LiveFunction,
    LiveKeyValueStore,
    backend,
    check_match,
    collection,
    items,
    new_id,
)

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Parameters = Mapping[str, Any]
PROVISIONING_SECONDS = 1.0
STORE_BYTES = 5 * 1024 * 1024
KEY_CHARACTERS = 512
VALUE_BYTES = 1024
"""Quotas. Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""
PREFIX = "/key-value-stores/"


class DataError(Exception):
    """A refusal of the data API, by its name there."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class KeyValueStores:
    """Both APIs."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud

    def operations(self) -> Iterator[tuple[str, Callable[[Parameters], Config]]]:
        """(operation, handler) of CloudFront's own API."""
        yield "CreateKeyValueStore", self.create
        yield "DescribeKeyValueStore", self.describe
        yield "UpdateKeyValueStore", self.update
        yield "DeleteKeyValueStore", self.delete
        yield "ListKeyValueStores", self.list_all

    # CloudFront's API

    def create(self, given: Parameters) -> Config:
        """Create a store; its name must be new."""
        name = given["Name"]
        if name in self._kept():
            raise CloudFrontError("EntityAlreadyExists", f"The key value store entity already exists: {name}")
        if given.get("ImportSource"):
            raise NotImplementedError("key-value stores with an import source")
        now = self._cloud.clock.now()
        ready = self._cloud.clock.time() + PROVISIONING_SECONDS
        account = self._cloud.account_id
        store = self._kept()[name] = LiveKeyValueStore(name, given.get("Comment") or "", now, account, ready)
        backend(account).tagger.tag_resource(store.arn, items(given.get("Tags")))
        location = f"https://cloudfront.amazonaws.com/2020-05-31/key-value-store/{name}"
        return {"KeyValueStore": self._described(store), "ETag": store.etag, "Location": location}

    def describe(self, given: Parameters) -> Config:
        """One store."""
        store = self._named(given["Name"])
        return {"KeyValueStore": self._described(store), "ETag": store.etag}

    def update(self, given: Parameters) -> Config:
        """Change the comment."""
        store = self._named(given["Name"])
        check_match(store.etag, given.get("IfMatch"))
        store.change({"Comment": given.get("Comment") or ""}, self._cloud.clock.now())
        return {"KeyValueStore": self._described(store), "ETag": store.etag}

    def delete(self, given: Parameters) -> Config:
        """Delete a store that no function is associated with."""
        store = self._named(given["Name"])
        check_match(store.etag, given.get("IfMatch"))
        functions: dict[str, LiveFunction] = collection(self._cloud.account_id, "functions")
        for function in functions.values():
            configs = [function.config] + ([function.live[1]] if function.live else [])
            for config in configs:
                used = [one["KeyValueStoreARN"] for one in items(config.get("KeyValueStoreAssociations"))]
                if store.arn in used:
                    raise CloudFrontError(
                        "CannotDeleteEntityWhileInUse",
                        f"The key value store is associated with the function {function.name}.",
                    )
        del self._kept()[store.name]
        return {}

    def list_all(self, given: Parameters) -> Config:
        """All stores, or those of a status."""
        found = [self._described(store) for store in self._kept().values()]
        found = [one for one in found if given.get("Status") in (None, "", one["Status"])]
        return {"KeyValueStoreList": {"MaxItems": 100, "Quantity": len(found), "Items": found}}

    # The data API

    def respond(self, request: Request, _: str) -> Response:
        """Answer one request of the data API, rest-json. Raises NotImplementedError for what it is not."""
        try:
            with self._cloud.alone("cloudfront"):
                answer = self._data(request)
        except DataError as error:
            response = Response(json.dumps({"Message": str(error)}), status=error.status, mimetype="application/json")
            response.headers["x-amzn-errortype"] = error.code
            return response
        headers = {"ETag": answer.pop("ETag")} if "ETag" in answer else {}
        return Response(json.dumps(answer), headers=headers, mimetype="application/json")

    def _data(self, request: Request) -> Config:
        path = request.path
        if not path.startswith(PREFIX):
            raise NotImplementedError(f"the key-value store data API has no {path}")
        rest = path.removeprefix(PREFIX)
        arn, keys, key = rest.partition("/keys")
        store = self._by_arn(arn)
        key = key.removeprefix("/")
        body = json.loads(request.get_data() or b"{}") if request.method in ("PUT", "POST") else {}
        if not keys:
            return {**self._size(store), **self._facts(store), "ETag": store.data_etag}
        match request.method, bool(key):
            case "GET", True:
                if key not in store.values:
                    raise DataError("ResourceNotFoundException", f"Key not found: {key}", 404)
                return {"Key": key, "Value": store.values[key], **self._size(store)}
            case "GET", False:
                return _page(store, request)
            case "PUT", True:
                return self._change(store, request, {key: str(body["Value"])}, [])
            case "DELETE", True:
                return self._change(store, request, {}, [key])
            case "POST", False:
                puts = {str(one["Key"]): str(one["Value"]) for one in body.get("Puts") or []}
                return self._change(store, request, puts, [str(one["Key"]) for one in body.get("Deletes") or []])
        raise NotImplementedError(f"the key-value store data API has no {request.method} {path}")

    def _change(self, store: LiveKeyValueStore, request: Request, puts: dict[str, str], deletes: list[str]) -> Config:
        """Write and delete, all or nothing; only the version that the caller has seen is changed."""
        given = request.headers.get("If-Match")
        if not given:
            raise DataError("ValidationException", "The If-Match header is required.", 400)
        if given != store.data_etag:
            raise DataError("ConflictException", "Pre-Condition failed", 409)
        missing = [key for key in deletes if key not in store.values]
        if missing:
            raise DataError("ResourceNotFoundException", f"Key not found: {missing[0]}", 404)
        for key, value in puts.items():
            if len(key) > KEY_CHARACTERS:
                raise DataError("ValidationException", f"A key has at most {KEY_CHARACTERS} characters.", 400)
            if len(value.encode()) > VALUE_BYTES:
                raise DataError("ValidationException", f"A value has at most {VALUE_BYTES} bytes.", 400)
        after = {key: value for key, value in {**store.values, **puts}.items() if key not in deletes}
        if _bytes(after) > STORE_BYTES:
            raise DataError("ServiceQuotaExceededException", "A key value store has at most 5 MB.", 402)
        store.values = after
        store.data_etag = new_id()
        store.written = self._cloud.clock.now()
        return {**self._size(store), "ETag": store.data_etag}

    def _facts(self, store: LiveKeyValueStore) -> Config:
        return {
            "KvsARN": store.arn,
            "Created": store.created.timestamp(),
            "LastModified": store.written.timestamp(),
            "Status": self._status(store),
        }

    @staticmethod
    def _size(store: LiveKeyValueStore) -> Config:
        return {"ItemCount": len(store.values), "TotalSizeInBytes": _bytes(store.values)}

    # Inside

    def by_arn(self, arn: str) -> LiveKeyValueStore | None:
        """The store of an ARN, for functions."""
        return next((store for store in list(self._kept().values()) if store.arn == arn), None)

    def _by_arn(self, arn: str) -> LiveKeyValueStore:
        store = self.by_arn(arn)
        if store is None:
            raise DataError("ResourceNotFoundException", f"The key value store does not exist: {arn}", 404)
        return store

    def _kept(self) -> dict[str, LiveKeyValueStore]:
        return collection(self._cloud.account_id, "key_value_stores")

    def _named(self, name: str) -> LiveKeyValueStore:
        store = self._kept().get(name)
        if store is None:
            raise CloudFrontError("EntityNotFound", f"The key value store entity was not found: {name}")
        return store

    def _status(self, store: LiveKeyValueStore) -> str:
        return "READY" if self._cloud.clock.time() >= store.ready_at else "PROVISIONING"

    def _described(self, store: LiveKeyValueStore) -> Config:
        return {
            "Name": store.name,
            "Id": store.id,
            "Comment": store.config["Comment"],
            "ARN": store.arn,
            "Status": self._status(store),
            "LastModifiedTime": store.modified,
        }


def _bytes(values: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in values.items())


def _page(store: LiveKeyValueStore, request: Request) -> Config:
    start = int(request.args.get("NextToken") or 0)
    size = min(int(request.args.get("MaxResults") or 10), 50)
    keys = sorted(store.values)
    found = [{"Key": key, "Value": store.values[key]} for key in keys[start : start + size]]
    more = {"NextToken": str(start + size)} if start + size < len(keys) else {}
    return {"Items": found, **more}
