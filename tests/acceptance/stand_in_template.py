"""A stand-in for CloudFormation: what a stack of a template has, with parameters and conditions resolved."""

from __future__ import annotations

import re

NO_VALUE = object()
NAMES = ("FunctionName", "RoleName", "Name", "ConfigRuleName")


class Deployed:
    """The resources and outputs of a template in an account."""

    def __init__(self, template: dict, stack: str, parameters: dict[str, str], account_id: str, region: str) -> None:
        declared = template.get("Parameters", {})
        unknown = parameters.keys() - declared.keys()
        if unknown:
            raise ValueError(f"Parameters: {sorted(unknown)} do not exist in the template")
        missing = [name for name, each in declared.items() if name not in parameters and "Default" not in each]
        if missing:
            raise ValueError(f"Parameters: {missing} must have values")
        self.template, self.stack, self.account_id, self.region = template, stack, account_id, region
        self.values = {name: str(parameters.get(name, each.get("Default"))) for name, each in declared.items()}
        for name, value in self.values.items():
            pattern = declared[name].get("AllowedPattern")
            # Java's names of classes are none of Python's
            if pattern and "\\p" not in pattern and not re.search(pattern, value):
                raise ValueError(f"Parameter {name} failed to satisfy constraint {pattern}")
        self.values |= {"AWS::Region": region, "AWS::AccountId": account_id, "AWS::Partition": "aws"}
        self.values |= {"AWS::StackName": stack, "AWS::URLSuffix": "amazonaws.com"}
        self.conditions = template.get("Conditions", {})
        self.resources = {
            name: {"Type": each["Type"], "Properties": self.resolve(each.get("Properties", {}))}
            for name, each in template["Resources"].items()
            if self.has(each)
        }
        outputs = template.get("Outputs", {})
        self.outputs = {name: str(self.resolve(each["Value"])) for name, each in outputs.items() if self.has(each)}

    def has(self, member: dict) -> bool:
        """Whether the stack has this member."""
        return "Condition" not in member or self.holds(self.conditions[member["Condition"]])

    def holds(self, condition: dict) -> bool:
        """Whether a condition is met."""
        [(function, arguments)] = condition.items()
        if function == "Condition":
            return self.holds(self.conditions[arguments])
        if function == "Fn::Equals":
            left, right = (self.resolve(argument) for argument in arguments)
            return left == right
        met = [self.holds(argument) for argument in arguments]
        return {"Fn::Not": not met[0], "Fn::And": all(met), "Fn::Or": any(met)}[function]

    def resolve(self, value: object) -> object:
        """A value with its functions replaced by what they stand for."""
        if isinstance(value, list):
            return [each for each in (self.resolve(element) for element in value) if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref":
                if argument == "AWS::NoValue":
                    return NO_VALUE
                return self.values[argument] if argument in self.values else self.reference(argument)
            if function == "Fn::If":
                name, then, otherwise = argument
                return self.resolve(then if self.holds(self.conditions[name]) else otherwise)
            if function == "Fn::GetAtt":
                return self.arn(argument[0])
            if function == "Fn::Sub":
                return self.substitute(argument)
            if function == "Fn::Select" and isinstance(argument[1], dict):
                separator, text = argument[1]["Fn::Split"]
                return self.resolve(text).split(separator)[argument[0]]
        resolved = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not NO_VALUE}

    def substitute(self, argument: object) -> str:
        text, more = (argument, {}) if isinstance(argument, str) else argument
        more = {name: self.resolve(value) for name, value in more.items()}

        def replace(match: re.Match) -> str:
            name = match[1]
            if name in more:
                return str(more[name])
            if name in self.values:
                return self.values[name]
            return self.arn(name.removesuffix(".Arn")) if name.endswith(".Arn") else str(self.reference(name))

        return re.sub(r"\$\{([A-Za-z0-9:.]+)\}", replace, text)

    def name(self, logical_id: str) -> str:
        """The physical name of a resource: its own, or one that CloudFormation makes up."""
        properties = self.template["Resources"][logical_id].get("Properties", {})
        own = [properties[name] for name in NAMES if isinstance(properties.get(name), str)]
        return own[0] if own else f"{self.stack}-{logical_id}-1ABCDEF2GHIJ"

    def reference(self, logical_id: str) -> str:
        """What Ref gives: of most resources the name."""
        kind = self.template["Resources"][logical_id]["Type"]
        if kind == "AWS::SNS::Topic":
            return self.arn(logical_id)
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{self.region}.amazonaws.com/{self.account_id}/{self.name(logical_id)}"
        return self.name(logical_id)

    def arn(self, logical_id: str) -> str:
        """The ARN of a resource."""
        kind, name = self.template["Resources"][logical_id]["Type"], self.name(logical_id)
        service = kind.split("::")[1].lower()
        separator = {"lambda": "function:", "iam": "role/", "logs": "log-group:", "cloudwatch": "alarm:"}.get(
            service, ""
        )
        region = "" if service == "iam" else self.region
        return f"arn:aws:{service}:{region}:{self.account_id}:{separator}{name}"

    def of_type(self, kind: str) -> dict[str, dict]:
        """The properties of the resources of a type, by logical ID."""
        return {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}
