"""What a Distributed Map writes to S3: the results of its child executions and a manifest of the files.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from typing import Any

from headend.localcloud.clock import iso

GROUPS = {"FAILED": ("FAILED", "TIMED_OUT", "ABORTED"), "PENDING": ("PENDING",), "SUCCEEDED": ("SUCCEEDED",)}


def described(execution: Any) -> dict[str, Any]:
    """A child execution as it stands in a file of results."""
    text = {
        "ExecutionArn": execution.exec_arn,
        "Input": execution.execution_input,
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "Output": execution.output_text,
        "OutputDetails": None if execution.output_text is None else {"Included": True},
        "Error": execution.error,
        "Cause": execution.cause,
        "RedriveCount": execution.redrive_count,
        "StartDate": iso(execution.start_date),
        "StateMachineArn": execution.state_machine.arn,
        "Status": str(execution.status),
        "StopDate": iso(execution.stop_date),
    }
    return {name: value for name, value in text.items() if value is not None}


def transformed(executions: list[Any], how: str) -> list[Any]:
    """The results as WriterConfig's Transformation wants them: NONE, COMPACT or FLATTEN."""
    if how == "NONE":
        return [described(execution) for execution in executions]
    outputs = [
        execution.output if execution.output_text is not None else _failure(execution) for execution in executions
    ]
    if how == "COMPACT":
        return outputs
    flat: list[Any] = []
    for output in outputs:
        flat.extend(output if isinstance(output, list) else [output])
    return flat


def _failure(execution: Any) -> dict[str, Any]:
    return {"Error": execution.error, "Cause": execution.cause}


def write(client: Any, run_arn: str, executions: list[Any], parameters: dict[str, Any], config: dict[str, Any]) -> Any:
    """Write the results below Bucket and Prefix, and return the state's output. Raises botocore's ClientError."""
    bucket, prefix = parameters["Bucket"], parameters.get("Prefix") or ""
    folder = f"{prefix.rstrip('/')}/" if prefix else ""
    folder += run_arn.rpartition(":")[2]
    lines = config.get("OutputType", "JSON") == "JSONL"
    files: dict[str, list[dict[str, Any]]] = {}
    for group, statuses in GROUPS.items():
        chosen = [execution for execution in executions if execution.status in statuses]
        files[group] = []
        if chosen:
            how = config.get("Transformation", "NONE") if group == "SUCCEEDED" else "NONE"
            results = transformed(chosen, how)
            key = f"{folder}/{group}_0.{'jsonl' if lines else 'json'}"
            body = "\n".join(_text(result) for result in results) if lines else _text(results)
            client.put_object(Bucket=bucket, Key=key, Body=body.encode())
            files[group].append({"Key": key, "Size": len(body.encode())})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run_arn, "ResultFiles": files}
    key = f"{folder}/manifest.json"
    client.put_object(Bucket=bucket, Key=key, Body=_text(manifest).encode())
    return {"MapRunArn": run_arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
