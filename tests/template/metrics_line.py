"""The metrics of the function, against those that alarms and dashboard look at.

What the function prints is in functions/config-rule/src/metrics.rs; that it prints it is a test of the system suite.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from deployed import WORKSPACE, deploy, of_type
from parameters import one
from policy import granted


def of_code(source: str) -> dict[str, set[str]]:
    """The names of the metrics, by dimension: those that are counted, and those of a constant."""
    constants = dict(re.findall(r'const (?!NAMESPACE)(\w+): &str = "(\w+)";', source))
    counted = re.findall(r'\((?:"(\w+)"|([A-Z_]+)), self', one(r"let counts = \[(.*?)\];", source))
    of_rule = {name or constants[constant] for name, constant in counted}
    of_rule |= set(re.findall(r'values.insert\("(\w+)"', source))
    return {"Rule": of_rule, "FunctionName": set(constants.values())}


def namespace(source: str) -> str:
    """The namespace of the metrics."""
    return one(r'NAMESPACE: &str = "(\w+)"', source)


def source() -> str:
    """The code."""
    return (WORKSPACE / "functions/config-rule/src/metrics.rs").read_text()


def watched(template: dict) -> Iterator[tuple[str, str, str, str]]:
    """Where, and which metric: namespace, name, dimension. All of the alarms, then all of the dashboard."""
    resources = deploy(template)
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        properties = alarm["Properties"]
        metrics = [each["MetricStat"]["Metric"] for each in properties.get("Metrics", []) if "MetricStat" in each]
        for metric in metrics or [properties]:
            [dimension] = metric["Dimensions"]
            yield name, metric["Namespace"], metric["MetricName"], dimension["Name"]
    for name, widget in widgets(template):
        for namespace_of_metric, metric, dimension, *_ in widget["properties"].get("metrics", []):
            yield name, namespace_of_metric, metric, dimension


def widgets(template: dict) -> list[tuple[str, dict]]:
    """The widgets of the dashboard, by title."""
    [dashboard] = of_type(deploy(template), "AWS::CloudWatch::Dashboard").values()
    body = json.loads(dashboard["Properties"]["DashboardBody"]["Fn::Sub"])
    return [(widget["properties"]["title"], widget) for widget in body["widgets"]]


def unknown(template: dict, source: str) -> list[str]:
    """What is watched and never published."""
    published = of_code(source)
    own = namespace(source)
    return [
        f"`{name}` by `{dimension}` in {where} is no metric of the function"
        for where, namespace_of_metric, name, dimension in watched(template)
        if not namespace_of_metric.startswith("AWS/")
        and (namespace_of_metric != own or name not in published.get(dimension, set()))
    ]


def unwatched(template: dict, source: str) -> list[str]:
    """What is published, and on no dashboard and in no alarm."""
    seen = {(name, dimension) for _, _, name, dimension in watched(template)}
    return sorted(
        f"`{name}` is not watched"
        for dimension, names in of_code(source).items()
        for name in names
        if (name, dimension) not in seen
    )


def operations_shown(template: dict) -> set[str]:
    """The operations whose calls the dashboard shows."""
    [query] = [widget["properties"]["query"] for _, widget in widgets(template) if widget["type"] == "log"]
    shown = re.findall(r"sum\(CallsByOperation\.(\w+)\) as (\w+)", query)
    assert all(member == name for member, name in shown), query
    return {member for member, _ in shown}


def operations_called(template: dict) -> set[str]:
    """The operations that the function itself may call."""
    return {
        action.partition(":")[2]
        for action, _ in granted(template)
        if action.startswith(("iam:", "config:", "sns:"))
    }
