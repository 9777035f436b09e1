"""The templates as CloudFormation sees them: translated from SAM, with parameters and conditions resolved.

What the template has to say lives in the tests; nothing here knows its resources.
"""

from __future__ import annotations

import copy
import logging
import os
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

WORKSPACE = Path(__file__).resolve().parents[2]
TEMPLATE = WORKSPACE / "template.yaml"

# Templates stand in the root, in org/ and in packs/; the hook stands beside its rules.
TEMPLATES = [
    TEMPLATE,
    WORKSPACE / "conformance-pack.yaml",
    *sorted((WORKSPACE / "org").glob("*.yaml")),
    *sorted((WORKSPACE / "packs").glob("*.yaml")),
    WORKSPACE / "policies/guard/hook.yaml",
]

NO_VALUE = object()

# The translator asks for it; no value of the template may depend on it.
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

# It complains that nobody publishes its own metrics.
logging.getLogger("samtranslator").setLevel(logging.ERROR)


class ManagedPolicies:
    """The translator's question for AWS managed policies: the template uses none."""

    def load(self) -> dict[str, str]:
        return {}


def read(path: Path = TEMPLATE) -> dict:
    """A template as it is written."""
    return yaml_parse(path.read_text())


def translate(template: dict, parameters: dict[str, str]) -> dict:
    """The template without SAM: what CloudFormation's transform makes of it."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # as `sam deploy` writes it after the upload
            resource["Properties"]["CodeUri"] = {"Bucket": "bucket", "Key": "key"}
    return transform(template, dict(parameters), ManagedPolicies())


def deploy(template: dict, **parameters: str) -> dict[str, dict]:
    """The resources that a stack with these parameters has, by logical id."""
    return section(translate(template, parameters), "Resources", values_of(template, parameters))


def outputs(template: dict, region: str, **parameters: str) -> dict[str, object]:
    """The outputs that a stack has in a region, by name."""
    values = values_of(template, parameters) | {"AWS::Region": region}
    return {name: output["Value"] for name, output in section(template, "Outputs", values).items()}


def section(template: dict, name: str, values: dict) -> dict[str, dict]:
    """The members of a section that a stack has, with their conditions decided."""
    conditions = template.get("Conditions", {})
    met = {name: holds(condition, conditions, values) for name, condition in conditions.items()}
    return {
        name: resolve(member, met, values)
        for name, member in template[name].items()
        if met.get(member.get("Condition"), True)
    }


def values_of(template: dict, parameters: dict[str, str]) -> dict[str, object]:
    """The values of the parameters: those given, else the defaults."""
    return {
        name: parameters.get(name, declared.get("Default"))
        for name, declared in template.get("Parameters", {}).items()
    }


def refusals(template: dict, region: str, **parameters: str) -> list[str]:
    """Why CloudFormation refuses a stack with these parameters in this region: the rules that do not hold."""
    values = values_of(template, parameters) | {"AWS::Region": region}
    return [
        assertion["AssertDescription"]
        for rule in template.get("Rules", {}).values()
        if holds(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}), {}, values)
        for assertion in rule["Assertions"]
        if not holds(assertion["Assert"], {}, values)
    ]


def holds(condition: dict, conditions: dict, values: dict) -> bool:
    """Whether a condition is met."""
    [(function, arguments)] = condition.items()
    if function == "Condition":
        return holds(conditions[arguments], conditions, values)
    if function == "Fn::Equals":
        left, right = (resolve(argument, {}, values) for argument in arguments)
        return left == right
    if function == "Fn::Contains":
        allowed, value = (resolve(argument, {}, values) for argument in arguments)
        return value in allowed
    met = [holds(argument, conditions, values) for argument in arguments]
    return {"Fn::Not": lambda: not met[0], "Fn::And": lambda: all(met), "Fn::Or": lambda: any(met)}[
        function
    ]()


def resolve(value: object, met: dict[str, bool], values: dict) -> object:
    """A value with Fn::If decided, references to parameters replaced, and nothing where there is no value."""
    if isinstance(value, list):
        resolved = [resolve(element, met, values) for element in value]
        return [element for element in resolved if element is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, then, otherwise = value["Fn::If"]
        return resolve(then if met[name] else otherwise, met, values)
    if "Fn::Select" in value and "Fn::Split" in value["Fn::Select"][1]:
        position, split = value["Fn::Select"]
        separator, text = (resolve(argument, met, values) for argument in split["Fn::Split"])
        return text.split(separator)[position] if isinstance(text, str) else value
    if value.keys() == {"Ref"}:
        return NO_VALUE if value["Ref"] == "AWS::NoValue" else values.get(value["Ref"], value)
    resolved = {key: resolve(element, met, values) for key, element in value.items()}
    return {key: element for key, element in resolved.items() if element is not NO_VALUE}


def of_type(resources: dict[str, dict], kind: str) -> dict[str, dict]:
    """The resources of a type."""
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}
