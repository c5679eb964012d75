"""The local cloud's own routes, below `/_headend/`: JSON in, JSON out, never part of an AWS API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from headend.errors import HeadendError

PREFIX = "/_headend/"

Handler = Callable[[Request], Any]


class Control:
    """A table of (method, name) → handler. A handler returns what is sent as JSON; HeadendError becomes a 400."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str], Handler] = {}

    def add(self, method: str, name: str, handler: Handler) -> None:
        """Answer `method /_headend/<name>` with `handler`."""
        self._routes[method, name] = handler

    def respond(self, request: Request) -> Response:
        """The answer to one request: 200, 400 (bad input), 404 (no such route) or 405 (wrong method)."""
        name = request.path.removeprefix(PREFIX).strip("/")
        handler = self._routes.get((request.method, name))
        if handler is None:
            methods = sorted(method for method, known in self._routes if known == name)
            if methods:
                return _json(405, {"message": f"{PREFIX}{name} takes {' or '.join(methods)}"})
            known = ", ".join(sorted({known for _, known in self._routes}))
            return _json(404, {"message": f"no route {PREFIX}{name}; there are: {known}"})
        try:
            return _json(200, handler(request))
        except HeadendError as error:
            return _json(400, {"message": str(error)})


def body(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises HeadendError for anything else."""
    try:
        value = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise HeadendError(f"the request body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise HeadendError("the request body is not a JSON object")
    return value


def _json(status: int, value: Any) -> Response:
    return Response(json.dumps(value, default=str), status=status, mimetype="application/json")
