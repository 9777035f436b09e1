"""The checks of IAM, CloudTrail and CloudWatch."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from botocore.exceptions import ClientError

from account import absent, code_of
from check import Failed, Skipped, action, check, expect
from names import RESERVED_PATH, tags
from run import Run

# How long IAM may take to make a report of a small account, and CloudTrail to show an event (CloudTrail User Guide).
REPORT_WITHIN = 120
EVENT_WITHIN = 900
USE_WITHIN = 900
# The regions in which IAM's events are recorded, by partition.
IAM_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@action(vital=False)
def uses_key(run: Run) -> None:
    key = run.people["used"].keys[0]
    sts = run.account.client("sts", key=(key.key_id, key.secret))
    # a new key works after some seconds
    run.account.until(
        "the first use of a new key", 120, lambda: absent(sts.get_caller_identity, "InvalidClientTokenId")
    )
    run.used_at = run.account.clock.now()


@check(23)
def use_shows(run: Run) -> str:
    key = run.people["used"].keys[0]
    iam = run.account.client("iam")

    def look() -> dict | None:
        last = iam.get_access_key_last_used(AccessKeyId=key.key_id)["AccessKeyLastUsed"]
        return last if "LastUsedDate" in last else None

    last, _ = run.account.until("IAM showing the use of a key", USE_WITHIN, look)
    if last["ServiceName"] != "sts":
        raise Failed(f"the last use is of the service {last['ServiceName']}, expected sts")
    seconds = round((run.account.clock.now() - run.used_at).total_seconds())
    run.evaluate()
    expect(run.becomes("used", "COMPLIANT"))
    return f"shown {seconds} s after the use at the latest; service {last['ServiceName']}, region {last['Region']}"


def report(run: Run) -> tuple[datetime, str]:
    """The credential report: when it was generated, and its text."""
    iam = run.account.client("iam")
    # LimitExceeded: another report is being made
    run.account.until(
        "the request for a report", REPORT_WITHIN, lambda: absent(iam.generate_credential_report, "LimitExceeded")
    )
    codes = ("ReportInProgress", "ReportNotPresent", "ReportExpired")
    answer, _ = run.account.until(
        "the credential report", REPORT_WITHIN, lambda: absent(iam.get_credential_report, *codes)
    )
    return answer["GeneratedTime"], answer["Content"].decode()


@check(24)
def report_is_kept(run: Run) -> str:
    first, _ = report(run)
    state = run.account.client("iam").generate_credential_report()["State"]
    second, _ = report(run)
    age = run.account.clock.now() - second
    if state != "COMPLETE" or first != second:
        raise Failed(
            f"a second request is answered with {state}, the report is of {second:%H:%M:%S}, before {first:%H:%M:%S}"
        )
    if age > timedelta(hours=4):
        raise Failed(f"a report of {age} ago is served")
    return f"COMPLETE, the same report, {round(age.total_seconds() / 60)} minutes old"


@check(25)
def last_rotated(run: Run) -> str:
    generated, content = report(run)
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(content))}
    kinds = ("reactivated", "inactive", "name", "never")
    # made after the last of the kit's users: IAM reads the rows over minutes
    if generated < run.people["reactivated"].created + timedelta(seconds=10):
        raise Skipped(
            f"the report of {generated:%H:%M} UTC is older than the users; run again after {generated + timedelta(hours=4):%H:%M} UTC"
        )
    for kind in kinds:
        user = run.people[kind]
        if user.name not in rows:
            raise Failed(f"the report has no row of {user.name}")
        row = rows[user.name]
        seen = {name: moment(row[name]) for name in ("user_creation_time", "access_key_1_last_rotated")}
        expected = {"user_creation_time": user.created, "access_key_1_last_rotated": user.keys[0].created}
        if seen != expected:
            raise Failed(
                f"the row of {user.name} has {row['user_creation_time']} and {row['access_key_1_last_rotated']}, IAM says {user.created:%H:%M:%S} and {user.keys[0].created:%H:%M:%S}"
            )
    return f"the dates of creation, of keys that are active, inactive and active again; report of {generated:%H:%M} UTC"


def moment(text: str) -> datetime | None:
    """A date of the report; None for N/A."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@check(27)
def reserved_path(run: Run) -> str:
    iam = run.account.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
    name = f"AWSReservedSSO_SetupKeyExceptions_{run.run_id}"
    try:
        iam.create_role(
            RoleName=name, Path=RESERVED_PATH, AssumeRolePolicyDocument=json.dumps(trust), Tags=tags(run.run_id)
        )
    except ClientError as error:
        return f"IAM refuses it: {code_of(error)}"
    iam.delete_role(RoleName=name)
    raise Failed(f"IAM created a role below {RESERVED_PATH}; it is deleted again")


@check(28)
def read_only_policy(run: Run) -> str:
    iam = run.account.client("iam")
    partition = run.outputs["AlertTopicArn"].split(":")[1]
    arn = f"arn:{partition}:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    allowed = [
        action
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    if not any(fnmatchcase("cloudtrail:LookupEvents", action) for action in allowed):
        raise Failed(f"version {version} allows {', '.join(allowed)}")
    return f"version {version}"


@check(29)
def event_history(run: Run) -> str:
    key = run.people["never"].keys[0]
    partition = run.outputs["AlertTopicArn"].split(":")[1]
    trail = run.account.client("cloudtrail", region=IAM_REGIONS.get(partition))
    name = [{"AttributeKey": "EventName", "AttributeValue": "CreateAccessKey"}]

    def look() -> dict | None:
        events = trail.lookup_events(LookupAttributes=name, StartTime=run.begun)["Events"]
        records = [json.loads(event["CloudTrailEvent"]) for event in events]
        elements = [(record.get("responseElements") or {}).get("accessKey", {}) for record in records]
        return next((element for element in elements if element.get("accessKeyId") == key.key_id), None)

    element, _ = run.account.until("the record of CreateAccessKey in the event history", EVENT_WITHIN, look)
    seen = (element.get("userName"), element.get("status"), element.get("createDate"))
    try:
        created = datetime.strptime(element["createDate"], "%b %d, %Y %I:%M:%S %p").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        raise Failed(
            f"the record has createDate `{element.get('createDate')}`, expected such as `Aug 1, 2024 1:42:21 PM`"
        ) from None
    if created != key.created or seen[:2] != (run.people["never"].name, "Active"):
        raise Failed(f"the record has {seen}, the key was created {key.created:%b %d, %Y %H:%M:%S}")
    return f"createDate `{element['createDate']}`"


@check(32)
def metrics(run: Run) -> str:
    line = run.runs[0]
    asked = {
        "Flagged": [{"Name": "Rule", "Value": run.rule}],
        "Users": [{"Name": "Rule", "Value": run.rule}],
        "ScheduledRuns": [{"Name": "FunctionName", "Value": "setupkey-config-rule"}],
    }
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {"Namespace": "setupkey", "MetricName": name, "Dimensions": dimensions},
                "Period": 3600,
                "Stat": "Maximum",
            },
        }
        for name, dimensions in asked.items()
    ]
    cloudwatch = run.account.client("cloudwatch")

    def look() -> dict | None:
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=queries,
            StartTime=run.begun - timedelta(hours=1),
            EndTime=run.account.clock.now() + timedelta(hours=1),
        )
        values = {result["Id"]: max(result["Values"], default=None) for result in answer["MetricDataResults"]}
        return values if all(value is not None for value in values.values()) else None

    values, _ = run.account.until("the metrics of a run", 300, look)
    if values["flagged"] < line["Flagged"] or values["users"] < line["Users"] or values["scheduledruns"] != 1:
        raise Failed(
            f"CloudWatch has {values}, the line has Flagged {line['Flagged']}, Users {line['Users']}, ScheduledRuns 1"
        )
    return f"Flagged {values['flagged']:.0f}, Users {values['users']:.0f}"


@check(33)
def has_run(run: Run) -> str:
    _, seconds = run.account.until(
        "HasNotRunAlarm in the state OK",
        600,
        lambda: True if run.alarm("HasNotRunAlarm")["StateValue"] == "OK" else None,
    )
    rung = [name for name in ("ErrorsAlarm", "ThrottlesAlarm") if run.has_rung(name)]
    if rung:
        raise Failed(f"{' and '.join(rung)} went off")
    return f"OK after {seconds} s"
