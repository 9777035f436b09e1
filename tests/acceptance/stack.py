"""Stacks of CloudFormation, the bucket that holds their code, and templates."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from botocore.exceptions import ClientError

from account import Account, TimedOut, absent
from names import bucket, tags

WORKSPACE = Path(__file__).resolve().parents[2]
# What `make artifacts VERSION=acceptance` and release/packaged.py write; release archives hold the same files.
ARTIFACTS = WORKSPACE / "target/artifacts/setupkey/acceptance"
VERSION = "acceptance"

# The slowest is the deletion of the function, which can take minutes.
STACK_WITHIN = 1200

# Keys are minutes old in a run, notices are asked for by request, and deletion is tried. The dashboard would cost money.
PARAMETERS = {
    "MinimumKeyAgeHours": "0",
    "MinimumInactiveDays": "0",
    "MinimumNoticeDays": "0",
    "AllowKeyDeletion": "true",
    "AutomaticRemediation": "false",
    "CreateDashboard": "false",
    "LogRetentionInDays": "1",
    "ArtifactVersion": VERSION,
}


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads the short forms of CloudFormation, such as !Ref."""


def _short_form(loader: Loader, suffix: str, node: yaml.Node) -> dict:
    read = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda node: loader.construct_sequence(node, deep=True),
        yaml.MappingNode: lambda node: loader.construct_mapping(node, deep=True),
    }
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    value = read[type(node)](node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


Loader.add_multi_constructor("!", _short_form)


def read_template(path: Path) -> dict:
    """A template, with the long forms of its functions."""
    return yaml.load(path.read_text(), Loader)


def code_block(page: str, heading: str, language: str) -> str:
    """The first code block in a language below a heading of a page: what the page says is what is tried."""
    text = (WORKSPACE / page).read_text().split(f"\n## {heading}\n", 1)[1]
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)[1]


def kit_template() -> dict:
    """The template of the kit's own stack, with the event pattern that docs/results.md shows."""
    template = read_template(Path(__file__).with_name("kit.yaml"))
    pattern = json.loads(code_block("docs/results.md", "EventBridge", "json"))
    template["Resources"]["ComplianceChanges"]["Properties"]["EventPattern"] = pattern
    return template


def upload(account: Account, account_id: str, run_id: str, artifacts: Path) -> str:
    """Creates the bucket with the code and the template, and returns the URL of the template."""
    s3 = account.client("s3")
    name = bucket(account_id, account.region)
    where = (
        {} if account.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    )
    s3.create_bucket(Bucket=name, **where)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags(run_id)})
    for file in ("config-rule.zip", "remediate.zip", "template.yaml"):
        s3.put_object(Bucket=name, Key=f"setupkey/{VERSION}/{file}", Body=(artifacts / file).read_bytes())
    return f"{s3.meta.endpoint_url}/{name}/setupkey/{VERSION}/template.yaml"


def create(account: Account, name: str, run_id: str, parameters: dict[str, str], **template: str) -> dict[str, str]:
    """Creates a stack and returns its outputs; says why if CloudFormation cannot."""
    account.client("cloudformation").create_stack(
        StackName=name,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        OnFailure="DO_NOTHING",  # to see why; the end of the run deletes it
        Tags=tags(run_id),
        **template,
    )
    return wait_created(account, name)


def wait_created(account: Account, name: str) -> dict[str, str]:
    """The outputs of a stack, once it is there."""

    def look() -> dict | None:
        stack = describe(account, name)
        if stack is None or stack["StackStatus"] in ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"):
            return None
        return stack

    stack, _ = account.until(f"the creation of the stack {name}", STACK_WITHIN, look)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise TimedOut(f"the stack {name} is {stack['StackStatus']}: {'; '.join(failures(account, name))}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def failures(account: Account, name: str) -> list[str]:
    """What CloudFormation says of the resources that it could not create or delete."""
    events = account.pages("cloudformation", "describe_stack_events", "StackEvents", StackName=name)
    failed = [event for event in events if event.get("ResourceStatus", "").endswith("_FAILED")]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason')}" for event in failed[-3:]]


def describe(account: Account, name: str) -> dict | None:
    """A stack, or None if there is none of this name."""
    try:
        return account.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # CloudFormation has no code of its own for it
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def delete(account: Account, name: str) -> int:
    """Deletes a stack and returns the seconds that it took."""
    account.client("cloudformation").delete_stack(StackName=name)

    def look() -> str | None:
        stack = describe(account, name)
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return "deleted"
        return "failed" if stack["StackStatus"] == "DELETE_FAILED" else None

    ended, seconds = account.until(f"the deletion of the stack {name}", STACK_WITHIN, look)
    if ended == "failed":
        raise TimedOut(f"the stack {name} could not be deleted: {'; '.join(failures(account, name))}")
    return seconds


def stack_of(account: Account, physical_id: str) -> str | None:
    """The name of the stack that a resource belongs to, if it belongs to one."""
    cloudformation = account.client("cloudformation")
    found = absent(cloudformation.describe_stack_resources, "ValidationError", PhysicalResourceId=physical_id)
    resources = (found or {}).get("StackResources", [])
    return resources[0]["StackName"] if resources else None
