"""PutDashboard takes what CloudWatch can show, and refuses the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from running_cloud import RunningCloud

PUT = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html"
BODY = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
METRIC = ["AWS/MediaConnect", "SourceBitRate", "FlowARN", "arn"]


def metric(*metrics: list[Any], **properties: Any) -> dict[str, Any]:
    return {
        "type": "metric",
        "x": 0,
        "y": 0,
        "width": 12,
        "height": 6,
        "properties": {"region": "eu-central-1", "metrics": list(metrics), **properties},
    }


def put(cloud: RunningCloud, body: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return cloud.client("cloudwatch").put_dashboard(DashboardName="contract", DashboardBody=text)


@pytest.mark.contract("A dashboard of metrics, alarms, text and log queries is kept as it was written", source=BODY)
def test_kept(cloud: RunningCloud) -> None:
    shown = {"stat": "Sum", "yAxis": "right", "color": "#d62728", "label": "All"}
    line = {"value": 5, "label": "limit", "yAxis": "left", "color": "#ff0000", "fill": "above"}
    body = {
        "start": "-PT6H",
        "widgets": [
            metric(
                METRIC, [".", "SourceJitter", ".", ".", shown], ["...", "other"], annotations={"horizontal": [line]}
            ),
            metric([{"expression": "SEARCH('{AWS/MediaConnect,FlowARN}', 'Sum')", "id": "e1"}], view="singleValue"),
            {"type": "alarm", "properties": {"alarms": ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:a"]}},
            {"type": "text", "properties": {"markdown": "# Studio"}},
            {"type": "log", "properties": {"region": "eu-central-1", "query": "SOURCE 'a' | fields @message"}},
        ],
    }
    assert put(cloud, body)["DashboardValidationMessages"] == []
    kept = cloud.client("cloudwatch").get_dashboard(DashboardName="contract")["DashboardBody"]
    assert json.loads(kept) == body


@pytest.mark.contract("A body that is no dashboard is refused and says where", source=PUT)
@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param("{", "", id="no JSON"),
        pytest.param({}, "/widgets", id="no widgets"),
        pytest.param({"widgets": [], "title": "Mine"}, "/title", id="an unknown key"),
        pytest.param({"widgets": [{"type": "picture", "properties": {}}]}, "/widgets/0/type", id="an unknown type"),
        pytest.param({"widgets": [metric(METRIC) | {"x": 13}]}, "/widgets/0", id="beyond the 24th column"),
        pytest.param({"widgets": [metric(METRIC) | {"width": 25}]}, "/widgets/0/width", id="too wide"),
        pytest.param({"widgets": [metric()]}, "/widgets/0/properties", id="nothing to show"),
        pytest.param(
            {"widgets": [metric(METRIC, stacked="false")]}, "/widgets/0/properties/stacked", id="text for a truth"
        ),
        pytest.param({"widgets": [metric(METRIC[:3])]}, "/widgets/0/properties/metrics/0", id="half a dimension"),
        pytest.param({"widgets": [metric([".", "A"])]}, "/widgets/0/properties/metrics/0", id="nothing to repeat"),
        pytest.param(
            {"widgets": [metric([*METRIC, {"colour": "#ff0000"}])]},
            "/widgets/0/properties/metrics/0/colour",
            id="an unknown rendering",
        ),
        pytest.param(
            {"widgets": [{"type": "alarm", "properties": {"alarms": []}}]},
            "/widgets/0/properties/alarms",
            id="no alarm",
        ),
    ],
)
def test_refused(cloud: RunningCloud, body: Any, place: str) -> None:
    with pytest.raises(ClientError) as refused:
        put(cloud, body)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterInput"
    assert f'"dataPath": "{place}"' in refused.value.response["Error"]["Message"]


@pytest.mark.contract("A dashboard has at most 500 widgets and 2,500 metrics, a widget 100", source=BODY)
@pytest.mark.parametrize(
    "widgets",
    [
        pytest.param([metric(METRIC)] * 501, id="widgets"),
        pytest.param([metric(*[METRIC] * 100)] * 25 + [metric(METRIC)], id="metrics"),
        pytest.param([metric(*[METRIC] * 101)], id="metrics of one widget"),
    ],
)
def test_quotas(cloud: RunningCloud, widgets: list[dict[str, Any]]) -> None:
    with pytest.raises(ClientError, match="InvalidParameterInput"):
        put(cloud, {"widgets": widgets})
    put(cloud, {"widgets": widgets[:-1] or [metric(*[METRIC] * 100)]})
