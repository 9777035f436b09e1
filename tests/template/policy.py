"""What the functions may do, against what they do.

What they do is recorded by `make test`: every call of the system suite that reached local AWS.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from deployed import deploy, of_type

# Granted, and called by Lambda for the function, not by the function.
CALLED_BY_LAMBDA = {
    "config-rule": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "remediate": {"logs:CreateLogStream", "logs:PutLogEvents"},
}

# The only writes of IAM that any function may have.
WRITES_OF_IAM = {
    "config-rule": set(),
    "remediate": {"iam:UpdateAccessKey", "iam:TagUser", "iam:DeleteAccessKey"},
}

# What TagUser is limited to: every tag key of a call, and at least one.
KEY_TAGS = {
    "ForAllValues:StringLike": {"aws:TagKeys": ["setup-key-notice:*", "setup-key-deactivated:*"]},
    "Null": {"aws:TagKeys": "false"},
}

# AWS has nothing narrower than `*` for these (Service Authorization Reference).
WITHOUT_RESOURCE_TYPE = {
    "config:GetComplianceDetailsByResource",
    "config:PutEvaluations",
    "iam:GenerateCredentialReport",
    "iam:GetCredentialReport",
    "iam:ListAccountAliases",
    "iam:ListUsers",
}

READS_OF_IAM = ("iam:Generate", "iam:Get", "iam:List")

# The deployment in which a function may do most.
EVERYTHING = {"AllowKeyDeletion": "true"}

# In the user agent of a request: who sent it (SDK reference guide, sdk_ua_app_id; local AWS sets it).
SENDER = re.compile(r"\bapp/(\S+)")


def roles(template: dict) -> dict[str, str]:
    """The logical id of the role of each function, by the name of its binary."""
    functions = of_type(template["Resources"], "AWS::Serverless::Function").values()
    return {
        function["Metadata"]["BuildProperties"]["Binary"]: function["Properties"]["Role"]["Fn::GetAtt"][0]
        for function in functions
    }


def statements(template: dict, role: str, **parameters: str) -> list[dict]:
    """The statements of the policies of a role."""
    properties = deploy(template, **parameters)[role]["Properties"]
    return [
        statement
        for policy in properties.get("Policies", [])
        for statement in as_list(policy["PolicyDocument"]["Statement"])
    ]


def granted(template: dict, function: str = "config-rule", **parameters: str) -> list[tuple[str, object]]:
    """Each action that a function is granted, with its resource."""
    return [
        (action, statement["Resource"])
        for statement in statements(template, roles(template)[function], **parameters)
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    ]


def called(exchanges: Path) -> dict[str, set[str]]:
    """The actions of the recorded calls, by who sent them."""
    lines = [
        json.loads(line)
        for path in sorted(exchanges.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    if not lines:
        raise FileNotFoundError(f"no calls are recorded in `{exchanges}`, run `make test` first")
    calls: dict[str, set[str]] = {}
    for line in lines:
        if sender := SENDER.search(line["request"]["headers"].get("x-amz-user-agent", "")):
            calls.setdefault(sender[1], set()).add(f"{line['service']}:{line['operation']}")
    return calls


def violations(template: dict, calls: dict[str, set[str]]) -> list[str]:
    """Where a policy is wider or narrower than the calls, or than it can be."""
    found = []
    for function, role in roles(template).items():
        found += [f"{each} ({function})" for each in violations_of(template, function, calls.get(function, set()))]
        if "ManagedPolicyArns" in deploy(template)[role]["Properties"]:
            found.append(f"`{role}` has policies that do not stand in the template")
    return sorted(found)


def violations_of(template: dict, function: str, calls: set[str]) -> list[str]:
    """The same of one function."""
    found = []
    grants = granted(template, function, **EVERYTHING)
    by_lambda = CALLED_BY_LAMBDA[function]
    actions = {action for action, _ in grants}
    found += [f"`{action}` is granted, and no run calls it" for action in actions - calls - by_lambda]
    found += [f"`{action}` is called, and not granted" for action in calls - actions]
    found += [f"`{action}` is not granted, and Lambda calls it" for action in by_lambda - actions]
    for action, resource in grants:
        if action.startswith("iam:") and not action.startswith(READS_OF_IAM):
            if action not in WRITES_OF_IAM[function]:
                found.append(f"`{action}` is no read of IAM")
        if (resource == "*") != (action in WITHOUT_RESOURCE_TYPE):
            found.append(f"`{action}` is granted on `{resource}`")
        if "*" in action:
            found.append(f"`{action}` is more than one action")
    for statement in statements(template, roles(template)[function], **EVERYTHING):
        limits = statement.get("Condition", {})
        if "iam:TagUser" in as_list(statement["Action"]) and not KEY_TAGS.items() <= limits.items():
            found.append("`iam:TagUser` is not limited to the tags of keys")
    return found


def as_list(value: object) -> list:
    """A policy may say one thing where a list of things can be."""
    return value if isinstance(value, list) else [value]
