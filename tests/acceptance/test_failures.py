"""Each check can fail: the stand-in is broken once for each, and the check says so in words that a person understands.

Breakages that have nothing to do with each other share a world, because a run takes seconds. No other check may fail.
"""

from __future__ import annotations

import csv
import io
import json
import unittest
from collections.abc import Callable
from dataclasses import dataclass

from names import PREFIX, PROBE_RULE, RULE
from stand_in import StandIn, refuse
from story import STORY
from worlds import run, stand_in

NEVER = f"{PREFIX}-never"


@dataclass(frozen=True)
class Breakage:
    """What is broken, for the check of this number, and what its reason has to say."""

    number: int
    breaks: Callable[[StandIn], None]
    says: str


def instead(operation: str, answer: Callable[[dict], dict | None]) -> Callable[[StandIn], None]:
    """Another answer, unless it is None."""
    return lambda world: world.instead.setdefault(operation, []).append(answer)


def changed(operation: str, change: Callable[[dict, dict], None]) -> Callable[[StandIn], None]:
    """A change of the answer."""
    return lambda world: world.changed.setdefault(operation, []).append(change)


def setting(name: str, value: object) -> Callable[[StandIn], None]:
    """Another way in which AWS acts by itself."""
    return lambda world: setattr(world.services, name, value)


def lost(is_lost: Callable[[dict], bool | None]) -> Callable[[StandIn], None]:
    """Messages that do not arrive, or arrive otherwise."""
    return lambda world: world.services.messages.append(is_lost)


def on_results(name: str, rule: str, change: Callable[[dict], None]) -> Callable[[StandIn], None]:
    """A change of the stored result of a user."""

    def breaks(world: StandIn) -> None:
        ids: set[str] = set()  # also of a user that is gone by now

        def each(answer: dict, asked: dict) -> None:
            ids.update(user["userId"] for user in world.state()["users"] if user["userName"] == f"{PREFIX}-{name}")
            for result in answer.get("EvaluationResults", []):
                if (
                    result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"] in ids
                    and asked["ConfigRuleName"] == rule
                ):
                    change(result)

        changed("config:GetComplianceDetailsByConfigRule", each)(world)

    return breaks


def on_put(annotation: str, answer: Callable[[dict], dict]) -> Callable[[StandIn], None]:
    """Another answer to the evaluation with this annotation."""
    return instead(
        "config:PutEvaluations",
        lambda asked: answer(asked) if asked["Evaluations"][0]["Annotation"].startswith(annotation) else None,
    )


def accepted(_: dict) -> dict:
    """An evaluation that is accepted and not stored."""
    return {"FailedEvaluations": []}


def on_execution(change: Callable[[dict], None]) -> Callable[[StandIn], None]:
    """A change of what Systems Manager says of an automation."""
    return changed("ssm:GetAutomationExecution", lambda answer, _: change(answer["AutomationExecution"]))


def payload(before: str, after: str) -> Callable[[dict], None]:
    """Another answer of the function in an automation."""

    def change(execution: dict) -> None:
        outputs = execution.get("Outputs", {})
        outputs.update({name: [text.replace(before, after) for text in texts] for name, texts in outputs.items()})

    return change


def on_alarm(logical_id: str, state: str) -> Callable[[StandIn], None]:
    """Another state of an alarm."""

    def change(answer: dict, _: dict) -> None:
        for alarm in answer["MetricAlarms"]:
            if logical_id in alarm["AlarmName"]:
                alarm["StateValue"] = state

    return changed("cloudwatch:DescribeAlarms", change)


def second_run_forgets(world: StandIn) -> None:
    """AWS Config shows none of the results that it has, at the second evaluation that the kit starts."""
    asked_for = []

    def answer(asked: dict) -> None:
        asked_for.extend(asked["ConfigRuleNames"])
        if asked_for.count(RULE) == 2:
            world.change(
                lambda state: [
                    rule.update(results=[]) for rule in state["configRules"] if rule["configRuleName"] == RULE
                ]
            )

    instead("config:StartConfigRulesEvaluation", answer)(world)


def never_cleared(result: dict) -> None:
    if result["ComplianceType"] == "NOT_APPLICABLE":
        result["ComplianceType"] = "COMPLIANT"


def password_is_lost(asked: dict) -> dict | None:
    if asked["UserName"] == f"{PREFIX}-password-later":
        return {"LoginProfile": {"UserName": asked["UserName"], "CreateDate": "2026-01-01T00:00:00Z"}}
    return None


def lists_everything(world: StandIn) -> None:
    def change(answer: dict, asked: dict) -> None:
        if "ComplianceTypes" in asked:
            return
        [rule] = [rule for rule in world.state()["configRules"] if rule["configRuleName"] == asked["ConfigRuleName"]]
        for result in rule["results"]:
            qualifier = {"ResourceId": result["resourceId"]}
            listed = {"EvaluationResultIdentifier": {"EvaluationResultQualifier": qualifier}}
            answer["EvaluationResults"].append(listed | {"ComplianceType": result["complianceType"]})

    changed("config:GetComplianceDetailsByConfigRule", change)(world)


def long_name(answer: dict, _: dict) -> None:
    for rule in answer["ConfigRules"]:
        if rule["ConfigRuleName"].startswith(f"{RULE}-"):
            rule["ConfigRuleName"] += "x" * 20


def rotated(answer: dict, _: dict) -> None:
    rows = list(csv.DictReader(io.StringIO(answer["Content"].decode())))
    for row in rows:
        if row["user"] == f"{PREFIX}-reactivated":
            row["access_key_1_last_rotated"] = "2020-01-01T00:00:00Z"
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    answer["Content"] = text.getvalue().encode()


def in_figures(answer: dict, _: dict) -> None:
    for event in answer["Events"]:
        record = json.loads(event["CloudTrailEvent"])
        (record.get("responseElements") or {}).get("accessKey", {})["createDate"] = "2026-11-22T06:00:00Z"
        event["CloudTrailEvent"] = json.dumps(record)


def unread(answer: dict, _: dict) -> None:
    for event in answer["events"]:
        event["message"] = event["message"].replace('"Unread":0', '"Unread":2')


def without_severity(body: dict) -> None:
    body["MessageAttributes"].pop("severity", None)


def no_finding(title: Callable[[str], bool]) -> Callable[[StandIn], None]:
    return instead(
        "securityhub:GetFindings",
        lambda asked: {"Findings": []} if title(asked["Filters"]["Title"][0]["Value"]) else None,
    )


def announced_is_excepted(world: StandIn) -> None:
    def change(answer: dict, _: dict) -> None:
        [user_id] = [user["userId"] for user in world.state()["users"] if user["userName"] == f"{PREFIX}-automatic"]
        exception = {"ConfigRuleName": PROBE_RULE, "ResourceType": "AWS::IAM::User", "ResourceId": user_id}
        answer["RemediationExceptions"].append(exception)

    changed("config:DescribeRemediationExceptions", change)(world)


def stays(world: StandIn) -> None:
    answer = {"Configuration": {"FunctionName": "setupkey-remediate"}}
    instead("lambda:GetFunction", lambda _: answer if "cloudformation:DeleteStack" in world.calls else None)(world)


def creates_role(world: StandIn) -> None:
    def answer(asked: dict) -> dict:
        world.services.roles[asked["RoleName"]] = {"path": asked["Path"], "stack": None}
        return {"Role": world.services.role(asked["RoleName"], asked["Path"])}

    instead("iam:CreateRole", answer)(world)


def failing_pack(answer: dict, _: dict) -> None:
    for detail in answer["ConformancePackStatusDetails"]:
        detail |= {"ConformancePackState": "CREATE_FAILED", "ConformancePackStatusReason": "AccountId is unknown"}


WORLDS: list[list[Breakage]] = [
    [
        Breakage(1, changed("cloudformation:DescribeStacks", lambda answer, _: answer["Stacks"][0].update(StackStatus="CREATE_FAILED")), "the stack setupkey-acceptance is CREATE_FAILED"),
    ],
    [
        Breakage(3, instead("config:StartConfigRulesEvaluation", lambda asked: {} if RULE in asked["ConfigRuleNames"] else None), "a scheduled run of the rule did not happen within 300 seconds"),
    ],
    [
        Breakage(2, setting("skips_runs", 1), "a scheduled run of the rule did not happen"),
        Breakage(4, on_results("inactive", RULE, lambda result: result.update(ComplianceType="NON_COMPLIANT")), "-inactive: expected COMPLIANT, AWS Config has NON_COMPLIANT"),
        Breakage(5, on_put("é", refuse("ValidationException", "the annotation has more than 256 bytes")), "more than 256 bytes"),
        Breakage(6, on_results("Every.Allowed+=,@_Character-9", RULE, lambda result: result.update(Annotation=result["Annotation"].replace("+", " "))), "the annotation of setupkey-acceptance-Every.Allowed+"),
        Breakage(7, on_results("never", RULE, lambda result: result["EvaluationResultIdentifier"].update(OrderingTimestamp=result["EvaluationResultIdentifier"]["OrderingTimestamp"].replace(year=2020))), "OrderingTimestamp is"),
        Breakage(8, on_put("second", accepted), "AWS Config has COMPLIANT `first`"),
        Breakage(9, on_put("older", accepted), "AWS Config has COMPLIANT `newer`"),
        Breakage(10, on_put("an old token", refuse("InvalidResultTokenException")), " s is refused: InvalidResultTokenException"),
        Breakage(12, lists_everything, "is listed by a request that names no compliance type"),
        Breakage(16, on_results("late", RULE, never_cleared), "the clearing of a deleted user did not happen"),
        Breakage(17, instead("iam:CreateLoginProfile", password_is_lost), "password-later: expected NON_COMPLIANT"),
        Breakage(18, lost(lambda body: "took effect" in body["Subject"]), "a message with took effect and"),
        Breakage(20, instead("config:SelectResourceConfig", refuse("InvalidExpressionException", "no such property")), "InvalidExpressionException to SelectResourceConfig: no such property"),
        Breakage(21, no_finding(lambda title: title == RULE), "the finding in Security Hub did not happen"),
        Breakage(22, changed("logs:FilterLogEvents", unread), "2 users could not be read"),
        Breakage(24, instead("iam:GenerateCredentialReport", lambda _: {"State": "STARTED"}), "a second request is answered with STARTED"),
        Breakage(25, changed("iam:GetCredentialReport", rotated), "the row of setupkey-acceptance-reactivated has"),
        Breakage(27, creates_role, "IAM created a role below /aws-reserved/"),
        Breakage(28, instead("iam:GetPolicyVersion", lambda _: {"PolicyVersion": {"Document": json.dumps({"Statement": [{"Effect": "Allow", "Action": "cloudtrail:Get*"}]})}}), "version v1 allows cloudtrail:Get*"),
        Breakage(29, changed("cloudtrail:LookupEvents", in_figures), "createDate `2026-11-22T06:00:00Z`, expected such as"),
        Breakage(30, lost(without_severity), "the attributes are"),
        Breakage(31, changed("sns:GetTopicAttributes", lambda answer, _: answer["Attributes"].update(SubscriptionsConfirmed="1")), "SubscriptionsConfirmed is 1 without a confirmation"),
        Breakage(32, instead("cloudwatch:GetMetricData", lambda asked: {"MetricDataResults": [{"Id": query["Id"], "Values": []} for query in asked["MetricDataQueries"]]}), "the metrics of a run did not happen"),
        Breakage(33, on_alarm("HasNotRunAlarm", "ALARM"), "HasNotRunAlarm in the state OK did not happen"),
        Breakage(34, instead("cloudwatch:DescribeAlarmHistory", lambda _: {"AlarmHistoryItems": []}), "a change of RemediationErrorsAlarm to ALARM did not happen"),
        Breakage(37, on_execution(payload('"would-deactivate"', '"deactivated"')), "expected would-deactivate of"),
        Breakage(39, changed("config:DescribeRemediationExecutionStatus", lambda answer, _: answer["RemediationExecutionStatuses"][0].update(State="FAILED")), "AWS Config says FAILED, the key is Inactive"),
        Breakage(41, on_execution(lambda execution: execution.update(AutomationExecutionStatus="Success") if execution.get("FailureMessage") == "InvalidEvent" else None), "looser than the stack and the automation ended as Success"),
        Breakage(42, changed("iam:ListUserTags", lambda answer, _: [tag.update(Value="2026-11-22T06:00:00Z") for tag in answer["Tags"] if tag["Value"].startswith("reactivated ")]), "the tag is `2026-11-22T06:00:00Z`"),
        Breakage(48, instead("config:DeleteEvaluationResults", lambda _: {}), "AWS Config deleted the results of a rule of a pack"),
        Breakage(51, stays, "after the removal there is still setupkey-config-rule, setupkey-remediate"),
    ],
    [
        Breakage(11, on_put("cleared", accepted), "the clearing of a result did not happen"),
        Breakage(14, second_run_forgets, "the second run has 7 new findings"),
        Breakage(19, setting("has_compliance_events", False), "the event about a user that became noncompliant did not happen"),
        Breakage(23, instead("iam:GetAccessKeyLastUsed", lambda asked: {"UserName": "x", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}), "IAM showing the use of a key did not happen within 900 seconds"),
        Breakage(38, on_execution(payload('"deactivated"', '"other"')), "expected deactivated of"),
        Breakage(40, setting("has_denial", False), "the key of a protected user was deactivated"),
        Breakage(43, on_execution(payload('"deleted"', '"other"')), "expected deleted of"),
        Breakage(46, changed("config:DescribeConfigRules", long_name), "has 75 characters, GetComplianceDetailsByConfigRule takes 64"),
        Breakage(47, changed("config:DescribeRemediationConfigurations", lambda answer, _: answer["RemediationConfigurations"][0]["Parameters"].pop("MinimumNoticeDays")), "the parameters are"),
        Breakage(49, instead("config:DeleteRemediationExceptions", refuse("AccessDeniedException", "service-linked")), "AccessDeniedException to DeleteRemediationExceptions: service-linked"),
        Breakage(50, no_finding(lambda title: title != RULE), "the finding in Security Hub did not happen"),
    ],
    [
        Breakage(15, setting("has_change_events", False), "the evaluation of a new user by a change event did not happen"),
        Breakage(44, announced_is_excepted, "a remediation exception for a user whose remediation succeeded"),
        Breakage(45, changed("config:DescribeConformancePackStatus", failing_pack), "CREATE_FAILED: AccountId is unknown"),
    ],
]  # fmt: skip

# Where what one check looks for never came, a later one that needs it cannot pass either.
FOLLOWS = {15: {19}, 11: {12}}


class Failures(unittest.TestCase):
    def test_every_check_is_broken_once(self) -> None:
        broken = [breakage.number for world in WORLDS for breakage in world]
        self.assertEqual(len(broken), len(set(broken)))
        self.assertEqual(set(broken), {step.number for step in STORY} - {None})

    def test_a_broken_stand_in_fails_its_checks_and_no_other(self) -> None:
        for breakages in WORLDS:
            world = stand_in()
            for breakage in breakages:
                breakage.breaks(world)
            code, results, _ = run(world)
            world.close()
            failed = {number for number, result in results.items() if result.outcome == "FAIL"}
            expected = {breakage.number for breakage in breakages}
            follows = set().union(*(FOLLOWS.get(number, set()) for number in expected))
            with self.subTest(numbers=sorted(expected)):
                said = {number: result.said for number, result in results.items() if number in failed ^ expected}
                self.assertLessEqual(expected, failed, said)
                self.assertLessEqual(failed, expected | follows, said)
                self.assertEqual(code, 1)
            for breakage in breakages:
                with self.subTest(number=breakage.number):
                    self.assertIn(breakage.says, results[breakage.number].said)


if __name__ == "__main__":
    unittest.main()
