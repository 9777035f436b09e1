"""What the functions may do, against what they do.

What they do is recorded by `make test`: every call of the system suite that reached local AWS.
"""

from __future__ import annotations

import json
from pathlib import Path

from deployed import deploy, of_type

# Granted, and called by Lambda for the function, not by the function.
CALLED_BY_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:SendMessage",
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


def granted(template: dict) -> list[tuple[str, object]]:
    """Each action of each role, with its resource."""
    found = []
    for role in of_type(deploy(template), "AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", []):
            for statement in as_list(policy["PolicyDocument"]["Statement"]):
                found += [(action, statement["Resource"]) for action in as_list(statement["Action"])]
    return found


def called(exchanges: Path) -> set[str]:
    """The actions of the recorded calls."""
    lines = [
        json.loads(line)
        for path in sorted(exchanges.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    if not lines:
        raise FileNotFoundError(f"no calls are recorded in `{exchanges}`, run `make test` first")
    return {f"{line['service']}:{line['operation']}" for line in lines}


def violations(template: dict, calls: set[str]) -> list[str]:
    """Where the policy is wider or narrower than the calls, or than it can be."""
    found = []
    grants = granted(template)
    actions = {action for action, _ in grants}
    found += [f"`{action}` is granted, and no run calls it" for action in actions - calls - CALLED_BY_LAMBDA]
    found += [f"`{action}` is called, and not granted" for action in calls - actions]
    found += [f"`{action}` is not granted, and Lambda calls it" for action in CALLED_BY_LAMBDA - actions]
    for action, resource in grants:
        if action.startswith("iam:") and not action.startswith(READS_OF_IAM):
            found.append(f"`{action}` is no read of IAM")
        if (resource == "*") != (action in WITHOUT_RESOURCE_TYPE):
            found.append(f"`{action}` is granted on `{resource}`")
        if "*" in action:
            found.append(f"`{action}` is more than one action")
    for name, role in of_type(deploy(template), "AWS::IAM::Role").items():
        if "ManagedPolicyArns" in role["Properties"]:
            found.append(f"`{name}` has policies that do not stand in the template")
    return sorted(found)


def as_list(value: object) -> list:
    """A policy may say one thing where a list of things can be."""
    return value if isinstance(value, list) else [value]
