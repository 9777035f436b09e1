"""What a run knows, and how it asks: evaluations, results, messages, logs, automations. It tries no statement."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from account import Account, TimedOut, absent
from names import DOCUMENT, RULE
from users import User, Users

# A scheduled run of a small account takes seconds; Lambda and the log add to it.
RUN_WITHIN = 300
RESULT_WITHIN = 90
MESSAGE_WITHIN = 120
AUTOMATION_WITHIN = 300

# System Manager's states of an automation that has ended (AutomationExecutionStatus).
ENDED = (
    "Success",
    "Failed",
    "TimedOut",
    "Cancelled",
    "CompletedWithSuccess",
    "CompletedWithFailure",
    "Rejected",
    "Exited",
)
ALL = ["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"]


class Run:
    """A run of the kit in an account."""

    def __init__(self, account: Account, account_id: str, run_id: str, artifacts: Path | None) -> None:
        self.account = account
        self.account_id = account_id
        self.run_id = run_id
        self.artifacts = artifacts
        self.begun: datetime = account.clock.now()
        # the name as deployed: a pack adds a suffix
        self.rule = RULE
        self.users = Users(account, run_id)
        self.people: dict[str, User] = {}
        # outputs of both stacks
        self.outputs: dict[str, str] = {}
        self.alerts: list[dict] = []
        self.changes: list[dict] = []
        self.probes: list[tuple[datetime, dict]] = []
        # the metrics lines of the scheduled runs, in order; the first is AWS Config's own
        self.runs: list[dict] = []
        self.pack_rule: str | None = None
        self.used_at: datetime | None = None
        self.deactivated_at: datetime | None = None
        self._seen: set[str] = set()

    # evaluations and results

    def evaluate(self) -> dict:
        """Starts an evaluation of the rule and returns the metrics line of the run."""
        self.start(self.rule)
        return self.next_run()

    def start(self, rule: str) -> None:
        """Starts an evaluation; AWS Config allows one a minute."""
        start = self.account.client("config").start_config_rules_evaluation
        busy = ("LimitExceededException", "ResourceInUseException")
        self.account.until("the start of an evaluation", 180, lambda: absent(start, *busy, ConfigRuleNames=[rule]))

    def next_run(self) -> dict:
        """Waits for the metrics line of a scheduled run that was not seen before."""
        line, seconds = self.account.until("a scheduled run of the rule", RUN_WITHIN, self._new_run)
        self.runs.append(line | {"waited": seconds})
        return self.runs[-1]

    def _new_run(self) -> dict | None:
        for event_id, line in self.log("LogGroupName"):
            if line.get("ScheduledRuns") == 1 and event_id not in self._seen:
                self._seen.add(event_id)
                return line
        return None

    def results(self, rule: str = "", types: list[str] | None = None) -> dict[str, dict]:
        """What AWS Config stores for a rule, the product's by itself, by resource ID; of all types by itself."""
        asked = {"ConfigRuleName": rule or self.rule} | (
            {"ComplianceTypes": ALL if types is None else types} if types != [] else {}
        )
        found = self.account.pages("config", "get_compliance_details_by_config_rule", "EvaluationResults", **asked)
        return {
            result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: result for result in found
        }

    def result_of(self, kind: str) -> dict | None:
        """The stored result of a user."""
        return self.results().get(self.people[kind].user_id)

    def becomes(self, kind: str, compliance: str | None, *pieces: str, seconds: int = RESULT_WITHIN) -> str | None:
        """Waits until AWS Config has this result of a user, with these pieces in its annotation; None for no result.

        Returns what it has instead, if it never comes to that.
        """

        def look() -> bool | None:
            result = self.result_of(kind)
            has_all = all(piece in annotation(result) for piece in pieces)
            return True if said(result) == compliance and has_all else None

        try:
            self.account.until("the result", seconds, look)
            return None
        except TimedOut:
            has = self.result_of(kind)
            expected = " with ".join([str(compliance or "no result"), *(f"`{piece}`" for piece in pieces)])
            return f"{self.people[kind].name}: expected {expected}, AWS Config has {said(has) or 'no result'} `{annotation(has)}`"

    # log and messages

    def log(self, output: str) -> list[tuple[str, dict]]:
        """The lines of a function's log since the run began, by ID of the event; what is not JSON is left out."""
        begun = round((self.begun - timedelta(seconds=60)).timestamp() * 1000)
        group = self.outputs[output]
        events = self.account.pages("logs", "filter_log_events", "events", logGroupName=group, startTime=begun)
        lines = []
        for event in events:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if isinstance(line, dict):
                lines.append((event["eventId"], line))
        return lines

    def receive(self) -> None:
        """Takes what the queue has: alerts, compliance changes, events of the probe."""
        sqs, url = self.account.client("sqs"), self.outputs["QueueUrl"]
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                body = json.loads(message["Body"])
                if "probe" in body:
                    self.probes.append((self.account.clock.now(), body["probe"]))
                elif "detail-type" in body:
                    self.changes.append(body)
                else:
                    self.alerts.append(body)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return

    def alert(self, *pieces: str) -> tuple[dict, int]:
        """Waits for a message of the alert topic that holds all of these pieces."""

        def look() -> dict | None:
            self.receive()
            held = [alert for alert in self.alerts if all(piece in text_of(alert) for piece in pieces)]
            return held[0] if held else None

        return self.account.until(f"a message with {' and '.join(pieces)}", MESSAGE_WITHIN, look)

    def token(self) -> tuple[datetime, dict]:
        """The first event that the probe handed over, and when."""

        def look() -> tuple[datetime, dict] | None:
            self.receive()
            return self.probes[0] if self.probes else None

        return self.account.until("an event of the probe", RUN_WITHIN, look)[0]

    def put(self, kind: str, compliance: str, annotation: str, ordering: datetime) -> list[dict]:
        """Reports an evaluation of a user of the kit for the probe's rule, and returns what failed."""
        evaluation = {
            "ComplianceResourceType": "AWS::IAM::User",
            "ComplianceResourceId": self.people[kind].user_id,
            "ComplianceType": compliance,
            "Annotation": annotation,
            "OrderingTimestamp": ordering,
        }
        config = self.account.client("config")
        answer = config.put_evaluations(Evaluations=[evaluation], ResultToken=self.token()[1]["resultToken"])
        return answer.get("FailedEvaluations", [])

    # remediation

    def automation(self, kind: str, mode: str, **parameters: str) -> tuple[str, dict]:
        """Runs the document for a user and returns the state that it ended in, and the answer of the function."""
        ssm = self.account.client("ssm")
        asked = {"ResourceId": self.people[kind].user_id, "Mode": mode} | parameters
        execution_id = ssm.start_automation_execution(
            DocumentName=DOCUMENT, Parameters={name: [value] for name, value in asked.items()}
        )["AutomationExecutionId"]

        def look() -> dict | None:
            execution = ssm.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]
            return execution if execution["AutomationExecutionStatus"] in ENDED else None

        execution, _ = self.account.until(f"the end of the automation {execution_id}", AUTOMATION_WITHIN, look)
        payload = execution.get("Outputs", {}).get("RemediateUser.Payload", ["{}"])[0]
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = {"payload": payload}
        return execution["AutomationExecutionStatus"], answer

    # alarms

    def alarm(self, logical_id: str) -> dict:
        """An alarm of the stack; CloudFormation makes up its name from that of the stack and the logical ID."""
        prefix = f"setupkey-acceptance-{logical_id}-"
        found = self.account.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
        if len(found) != 1:
            raise TimedOut(f"the stack has {len(found)} alarms named {prefix}...")
        return found[0]

    def has_rung(self, logical_id: str) -> bool:
        """Whether an alarm went off since the run began, though it may be over."""
        history = self.account.client("cloudwatch").describe_alarm_history(
            AlarmName=self.alarm(logical_id)["AlarmName"], HistoryItemType="StateUpdate", StartDate=self.begun
        )["AlarmHistoryItems"]
        return any(json.loads(item["HistoryData"])["newState"]["stateValue"] == "ALARM" for item in history)


def said(result: dict | None) -> str | None:
    """The verdict of a stored result."""
    return result["ComplianceType"] if result else None


def annotation(result: dict | None) -> str:
    """The annotation of a stored result."""
    return (result or {}).get("Annotation", "")


def text_of(alert: dict) -> str:
    """Subject and text of a message of SNS."""
    return f"{alert.get('Subject', '')}\n{alert.get('Message', '')}"
