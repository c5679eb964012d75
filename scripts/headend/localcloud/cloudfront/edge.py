"""The edge: one loopback port for each enabled distribution, with HTTP and HTTPS on it.

The Host header names a distribution, as it does at CloudFront's edge; any other host is the port's own distribution,
so that a player reaches it at 127.0.0.1 or localhost. `GET /_headend/edges` tells where, and `GET /_headend/edge_log`
who was served what. It runs on the wall's clock: sockets and players do. One edge stands for all of CloudFront's, and
a change reaches it at once.

Not here: compression, Origin Shield, HTTP/2 and 3, access logs, CloudFront's metrics, media-quality scores. Refused,
because viewers would get something else: Lambda@Edge, signed URLs and cookies, web ACLs, VPC origins.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from headend.localcloud.cloudfront.api import Api
from headend.localcloud.cloudfront.edge_answers import ORIGIN
from headend.localcloud.cloudfront.edge_log import EdgeLog
from headend.localcloud.cloudfront.edge_request import EdgeRequests
from headend.localcloud.cloudfront.origin_requests import OriginClient
from headend.localcloud.cloudfront.records import LiveDistribution, distributions, items
from headend.localcloud.iam.identity import Credentials, Identity
from headend.localcloud.origins.gates import Gates
from headend.localcloud.origins.listener import HOST, Listener, Received, Reply

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

PRINCIPAL = "cloudfront.amazonaws.com"


class Edge:
    """The listeners of all distributions."""

    def __init__(self, cloud: LocalCloudServer, api: Api, gates: Gates) -> None:
        self._cloud = cloud
        self._gates = gates
        self._lock = threading.Lock()
        self._listeners: dict[str, Listener] = {}
        self._keys: dict[str, Credentials] = {}
        self.log = EdgeLog()
        self.requests = EdgeRequests(api.policies, api.functions, OriginClient(gates), self.keys, self._note)
        api.distributions.on_change.append(self._changed)
        api.distributions.on_delete.append(self._deleted)
        api.distributions.on_invalidation.append(self._invalidated)

    def keys(self, record: LiveDistribution) -> Credentials:
        """What CloudFront signs with for a distribution: a key of its own for each."""
        with self._lock:
            if record.id not in self._keys:
                identity = self._cloud.part(Identity)
                self._keys[record.id] = identity.open_service(PRINCIPAL, source_arn=record.arn)
            return self._keys[record.id]

    def described(self) -> list[dict[str, Any]]:
        """Where each distribution is reached: id, domain, port, http, https, ca_file."""
        known = distributions(self._cloud.account_id)
        with self._lock:
            return [
                {
                    "id": name,
                    "domain": known[name].domain_name,
                    "port": listener.port,
                    "http": f"http://{HOST}:{listener.port}",
                    "https": f"https://{HOST}:{listener.port}",
                    "ca_file": str(self._gates.authority.ca_file),
                }
                for name, listener in sorted(self._listeners.items())
                if name in known
            ]

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            listeners = list(self._listeners.values())
            self._listeners.clear()
        for listener in listeners:
            listener.close()

    def _changed(self, record: LiveDistribution) -> None:
        if not record.config["Enabled"]:
            self._deleted(record)
            return
        with self._lock:
            if record.id not in self._listeners and not self._cloud.stopping.is_set():
                self._listeners[record.id] = Listener(
                    f"edge {record.id}",
                    lambda received: self._answer(record, received),
                    lambda: self._gates.authority.server(record.domain_name),
                )

    def _deleted(self, record: LiveDistribution) -> None:
        with self._lock:
            listener = self._listeners.pop(record.id, None)
        if listener:
            listener.close()

    def _invalidated(self, record: LiveDistribution, paths: list[str]) -> None:
        self.requests.cache.invalidate(record.domain_name, paths)

    def _answer(self, record: LiveDistribution, received: Received) -> Reply:
        began = time.monotonic()
        try:
            named = self._named(record, received)
            reply = self.requests.answer(named, received)
            self._log(named, received, reply, time.monotonic() - began)
        except Exception as error:  # noqa: BLE001 - the last place where it can be seen
            self._cloud.report(f"edge {received.method} {received.target}", error)
            return Reply(500, [("Content-Type", "text/plain")], f"the local cloud failed: {error}\n".encode())
        return reply

    def _named(self, record: LiveDistribution, received: Received) -> LiveDistribution:
        host = received.header("host").partition(":")[0].lower()
        for one in list(distributions(self._cloud.account_id).values()):
            if one.config["Enabled"] and host in (one.domain_name, *items(one.config["Aliases"])):
                return one
        return record

    def _log(self, record: LiveDistribution, received: Received, reply: Reply, seconds: float) -> None:
        told = {name.lower(): value for name, value in reply.headers}
        self.log.add(
            {
                "seq": 0,
                "time": time.time(),
                "distribution": record.id,
                "method": received.method,
                "target": received.target,
                "status": reply.status,
                "result": told["x-cache"].partition(" ")[0],
                "origin": told.get(ORIGIN, ""),
                "bytes": len(reply.body),
                "seconds": round(seconds, 6),
                "viewer": received.header("user-agent"),
            }
        )

    def _note(self, resource: str, text: str) -> None:
        self._cloud.timeline.record("edge", "", resource, text)


def install(cloud: LocalCloudServer) -> None:
    """Serve distributions, and tell where."""
    edge = Edge(cloud, cloud.part(Api), cloud.part(Gates))
    cloud.provide(edge)
    cloud.at_the_end(edge.close)
    cloud.control.add("GET", "edges", lambda _: {"edges": edge.described()})
    cloud.control.add(
        "GET", "edge_log", lambda request: {"entries": edge.log.since(request.args.get("since", 0, type=int))}
    )
