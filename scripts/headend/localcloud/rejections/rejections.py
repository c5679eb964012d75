"""What AWS rejects and a mock lets pass: a gate with the checks of each service, by operation.

First come the constraints of the service's model, then the checks of the service's own module, which raise Rejected.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from headend.localcloud.faults import fault_answers
from headend.localcloud.rejections import model_constraints
from headend.localcloud.rejections.rejection import Rejected

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.aws_request import AwsRequest

MODULES: dict[str, str] = {
    "dynamodb": "rejections_dynamodb",
    "iam": "rejections_iam",
    "kms": "rejections_kms",
    "lambda": "rejections_lambda",
    "s3": "rejections_s3",
    "sns": "rejections_sns",
    "sqs": "rejections_sqs",
}
"""Signing name → the module with its CHECKS: {operation: check}."""

Check = Callable[["LocalCloudServer", "AwsRequest"], None]
"""Looks at a request that is about to be carried out. Raises Rejected."""


def install(cloud: LocalCloudServer) -> None:
    """Look at every request of the services with checks."""
    modules = {service: importlib.import_module(f"{__package__}.{name}") for service, name in MODULES.items()}
    checks: dict[str, dict[str, Check]] = {service: module.CHECKS for service, module in modules.items()}
    for module in modules.values():
        if hasattr(module, "install"):
            module.install(cloud)
    checked = frozenset(checks) | frozenset(model_constraints.CODES)

    def gate(request: AwsRequest) -> Response | None:
        if request.service not in checked or not request.parameters:
            return None
        service, operation = request.service, request.operation
        if code := model_constraints.CODES.get(service):
            found = model_constraints.violations(service, request.model, operation, request.parameters)
            if found:
                return fault_answers.answer(request, code, model_constraints.as_message(found), 400)
        check = checks.get(service, {}).get(operation)
        if check is None:
            return None
        try:
            check(cloud, request)
        except Rejected as error:
            return fault_answers.answer(request, error.code, str(error), error.status)
        return None

    cloud.add_gate(gate)
