"""Whether an alarm rings, given the values of its metric by the hour: CloudWatch's rules, as far as the template uses them.

CloudWatch user guide: M out of N datapoints, treatment of missing data, metric math (FILL, DIFF).
"""

from __future__ import annotations

import re

Hours = list[float | None]


def rings(alarm: dict, hours: Hours) -> bool:
    """Whether the alarm is in the state ALARM after these hours, the last of which has just ended."""
    period = alarm.get("Period") or metric_of(alarm)["MetricStat"]["Period"]
    assert period == 3600, "a value is an hour"
    evaluated = int(alarm["EvaluationPeriods"])
    window = ([None] * evaluated + series(alarm, hours))[-evaluated:]
    breaching = [breaches(alarm, value) for value in window]
    return sum(breaching) >= alarm.get("DatapointsToAlarm", evaluated)


def breaches(alarm: dict, value: float | None) -> bool:
    if value is None:
        return {"breaching": True, "notBreaching": False}[alarm["TreatMissingData"]]
    threshold = alarm["Threshold"]
    return {
        "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold,
    }[alarm["ComparisonOperator"]]


def series(alarm: dict, hours: Hours) -> Hours:
    """The values that the alarm watches: those of the metric, or what its expression makes of them."""
    if "Metrics" not in alarm:
        return hours
    [watched] = [each for each in alarm["Metrics"] if each.get("ReturnData")]
    return computed(watched["Expression"], {metric_of(alarm)["Id"]: hours})


def metric_of(alarm: dict) -> dict:
    """The only metric of an expression."""
    [metric] = [each for each in alarm["Metrics"] if "MetricStat" in each]
    return metric


def computed(expression: str, metrics: dict[str, Hours]) -> Hours:
    if expression in metrics:
        return metrics[expression]
    function, arguments = re.fullmatch(r"(\w+)\((.+)\)", expression).groups()
    if function == "FILL":
        inner, how = re.fullmatch(r"(.+), (\w+)", arguments).groups()
        assert how == "REPEAT", how
        filled, last = [], None
        for value in computed(inner, metrics):
            last = last if value is None else value
            filled.append(last)
        return filled
    assert function == "DIFF", function
    values = computed(arguments, metrics)
    return [None] + [
        None if None in (before, after) else after - before for before, after in zip(values, values[1:])
    ]
