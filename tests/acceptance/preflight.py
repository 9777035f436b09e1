"""What has to be so before a deployment, and what to do where it is not. It only reads.

Each function looks at one thing and returns what it found. `None` for `fits` says that it could not be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from account import Account, absent, code_of
from names import FUNCTIONS, ROLES, RULE
from stack import WORKSPACE, read_template, stack_of

# AWS Config Developer Guide, service limits: rules in a region of an account.
MOST_RULES = 1000
# The users that a run of the acceptance kit creates.
USERS = 11

# What CloudFormation does in the name of the deployer: one action for each service and kind of resource.
DEPLOYER_ACTIONS = [
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudwatch:PutMetricAlarm",
    "config:DeleteConfigRule",
    "config:PutConfigRule",
    "config:PutRemediationConfigurations",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:PutFunctionEventInvokeConfig",
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "s3:GetObject",
    "sns:CreateTopic",
    "sns:SetTopicAttributes",
    "ssm:CreateDocument",
]
# What the acceptance kit does itself.
KIT_ACTIONS = [
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "config:DeleteConformancePack",
    "config:PutConformancePack",
    "config:PutEvaluations",
    "config:StartConfigRulesEvaluation",
    "config:StartRemediationExecution",
    "events:PutRule",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceLinkedRole",
    "iam:CreateUser",
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
    "iam:DeleteUser",
    "iam:GenerateCredentialReport",
    "iam:GetAccessKeyLastUsed",
    "iam:GetCredentialReport",
    "iam:TagUser",
    "iam:UpdateAccessKey",
    "logs:DeleteLogGroup",
    "logs:FilterLogEvents",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:PutObject",
    "sqs:CreateQueue",
    "sqs:ReceiveMessage",
    "ssm:StartAutomationExecution",
]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `fits` is None where it could not be seen."""

    what: str
    fits: bool | None
    found: str
    todo: str = ""


def caller(account: Account, account_id: str) -> Finding:
    identity = account.caller()
    if identity["Account"] != account_id:
        found = f"the credentials are of account {identity['Account']}, not of {account_id}"
        return Finding(
            "account", False, found, "choose the profile of that account (AWS_PROFILE), or type the other number"
        )
    if identity["Arn"].endswith(":root"):
        return Finding("account", False, "the credentials are those of the root user", "use a role or an IAM user")
    return Finding("account", True, f"{account_id}, as {identity['Arn'].rsplit(':', 1)[1]}")


def region(account: Account) -> Finding:
    assertion = read_template(WORKSPACE / "template.yaml")["Rules"]["RegionRecordsUsers"]["Assertions"][0]
    excluded = assertion["Assert"]["Fn::Not"][0]["Fn::Contains"][0]
    if account.region in excluded:
        found = f"AWS Config cannot record IAM users in {account.region}"
        return Finding("region", False, found, "choose another region, such as us-east-1; or EvaluateOnChange=false")
    return Finding("region", True, f"AWS Config can record IAM users in {account.region}")


def recorder(account: Account) -> Iterator[Finding]:
    config = account.client("config")
    recorders = config.describe_configuration_recorders()["ConfigurationRecorders"]
    ours = [recorder for recorder in recorders if not recorder.get("servicePrincipal")]
    if not ours:
        others = ", ".join(recorder["servicePrincipal"] for recorder in recorders)
        found = f"only the recorder of {others}, with which AWS Config refuses the rule" if others else "no recorder"
        todo = "AWS Config console, Settings: turn on recording with a customer managed recorder"
        yield Finding("recorder", False, found, todo)
        return
    name = ours[0]["name"]
    status = config.describe_configuration_recorder_status(ConfigurationRecorderNames=[name])
    is_on = any(one.get("recording") for one in status["ConfigurationRecordersStatus"])
    todo = "AWS Config console, Settings: start recording. Without it only the schedule works"
    yield Finding("recorder", is_on, f"`{name}` is {'on' if is_on else 'off'}", "" if is_on else todo)
    if not records_users(ours[0].get("recordingGroup", {})):
        todo = "AWS Config console, Settings: add AWS::IAM::User, or include globally recorded resource types"
        yield Finding("recording of users", False, f"`{name}` leaves AWS::IAM::User out: no change events", todo)
    elif frequency(ours[0].get("recordingMode", {})) == "DAILY":
        todo = "change events come within a day; for minutes, record AWS::IAM::User continuously"
        yield Finding("recording of users", None, "daily", todo)
    else:
        yield Finding("recording of users", True, "continuous")


def records_users(group: dict) -> bool:
    """Whether a recording group has users (AWS Config API reference, RecordingGroup)."""
    strategy = group.get("recordingStrategy", {}).get("useOnly", "")
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        return "AWS::IAM::User" not in group.get("exclusionByResourceTypes", {}).get("resourceTypes", [])
    if group.get("allSupported") or strategy == "ALL_SUPPORTED_RESOURCE_TYPES":
        return bool(group.get("includeGlobalResourceTypes"))
    return "AWS::IAM::User" in group.get("resourceTypes", [])


def frequency(mode: dict) -> str:
    """How often users are recorded: CONTINUOUS or DAILY (AWS Config API reference, RecordingMode)."""
    for override in mode.get("recordingModeOverrides", []):
        if "AWS::IAM::User" in override["resourceTypes"]:
            return override["recordingFrequency"]
    return mode.get("recordingFrequency", "CONTINUOUS")


def delivery(account: Account) -> Finding:
    config = account.client("config")
    channels = config.describe_delivery_channels()["DeliveryChannels"]
    if not channels:
        todo = "AWS Config console, Settings: choose a bucket for the delivery channel. A recorder needs one to start"
        return Finding("delivery", False, "no delivery channel", todo)
    states = config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
    failed = [
        state
        for one in states
        for state in one.values()
        if isinstance(state, dict) and state.get("lastStatus") == "Failure"
    ]
    if failed:
        found = failed[0].get("lastErrorMessage") or failed[0].get("lastErrorCode", "failed")
        return Finding("delivery", False, f"the last delivery failed: {found}", "correct the bucket or its policy")
    return Finding("delivery", True, f"`{channels[0].get('name', 'default')}`")


def permissions(account: Account, actions: list[str]) -> Finding:
    iam = account.client("iam")
    try:
        source = principal(account)
        pages = iam.get_paginator("simulate_principal_policy").paginate(PolicySourceArn=source, ActionNames=actions)
        results = [result for page in pages for result in page["EvaluationResults"]]
    except ClientError as error:
        found = f"not simulated, IAM answers {code_of(error)}"
        return Finding("permissions", None, found, "the deployment shows whether they suffice")
    denied = [result["EvalActionName"] for result in results if result["EvalDecision"] != "allowed"]
    by_scp = [
        result["EvalActionName"]
        for result in results
        if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False
    ]
    if by_scp:
        found = f"a service control policy denies {', '.join(by_scp)}"
        return Finding(
            "permissions", False, found, "ask the administrators of the organization, or use another account"
        )
    if denied:
        return Finding("permissions", False, f"not allowed: {', '.join(denied)}", "use a role that may do this")
    return Finding("permissions", True, f"{len(actions)} actions allowed, by simulation without conditions")


def principal(account: Account) -> str:
    """The ARN of the caller that IAM simulates: of a session, that of its role, with its path."""
    arn = account.caller()["Arn"]
    if ":assumed-role/" not in arn:
        return arn
    return account.client("iam").get_role(RoleName=arn.split("/")[1])["Role"]["Arn"]


def taken_names(account: Account) -> Finding:
    iam, functions = account.client("iam"), account.client("lambda")
    taken = [
        name for name in FUNCTIONS if absent(functions.get_function, "ResourceNotFoundException", FunctionName=name)
    ]
    taken += [f"role {name}" for name in ROLES if absent(iam.get_role, "NoSuchEntity", RoleName=name)]
    rules = absent(account.client("config").describe_config_rules, "NoSuchConfigRuleException", ConfigRuleNames=[RULE])
    taken += [f"rule {RULE}"] if rules else []
    if not taken:
        return Finding("names", True, "none of the fixed names is taken")
    stack = stack_of(account, FUNCTIONS[0])
    todo = f"update or remove the stack `{stack}`" if stack else "remove them, or use another account"
    return Finding("names", False, f"taken: {', '.join(taken)}", todo)


def quotas(account: Account, users: int) -> Iterator[Finding]:
    summary = account.client("iam").get_account_summary()["SummaryMap"]
    has, most = summary.get("Users", 0), summary.get("UsersQuota", 5000)
    fits = has + users <= most
    yield Finding("users", fits, f"{has} of {most}", "" if fits else "delete users: the quota cannot be raised")
    rules = len(account.pages("config", "describe_config_rules", "ConfigRules"))
    fits = rules < MOST_RULES
    yield Finding(
        "rules", fits, f"{rules} of {MOST_RULES}", "" if fits else "delete rules, or ask AWS for a higher quota"
    )


def look(account: Account, account_id: str, for_kit: bool) -> list[Finding]:
    """Looks at everything. What cannot be read is a finding, too."""
    actions = sorted(DEPLOYER_ACTIONS + KIT_ACTIONS) if for_kit else DEPLOYER_ACTIONS
    looks: list[tuple[str, Callable[[], Finding | Iterator[Finding]]]] = [
        ("account", lambda: caller(account, account_id)),
        ("region", lambda: region(account)),
        ("recorder", lambda: list(recorder(account))),
        ("delivery", lambda: delivery(account)),
        ("permissions", lambda: permissions(account, actions)),
        ("names", lambda: taken_names(account)),
        ("quotas", lambda: list(quotas(account, USERS if for_kit else 0))),
    ]
    findings: list[Finding] = []
    for what, one in looks:
        try:
            found = one()
            findings += found if isinstance(found, list) else [found]
        except ClientError as error:
            findings.append(Finding(what, None, f"AWS answers {code_of(error)} to {error.operation_name}"))
    return findings


def text(findings: list[Finding]) -> str:
    """The findings as lines for a terminal."""
    signs = {True: "ok     ", False: "PROBLEM", None: "unseen "}
    lines = []
    for finding in findings:
        lines.append(f"{signs[finding.fits]}  {finding.what}: {finding.found}")
        if finding.todo:
            lines.append(f"         {finding.todo}")
    return "\n".join(lines)
