"""What the services of the stand-in hold, what AWS does by itself, and what all of the services use."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from names import KIT_STACK, PROBE_RULE, RULE, STACK
from stand_in_template import Deployed

WORKSPACE = Path(__file__).resolve().parents[2]
ACCOUNT_ID, REGION = "111122223333", "us-east-1"

# How long AWS takes here, in seconds.
STACK_TAKES, FIRST_RUN_AFTER, CHANGE_AFTER, DELETION_TAKES = 120, 20, 180, 60


class Refused(Exception):
    """An error that a service answers."""

    def __init__(self, code: str, message: str = "as the service says", status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class World(Protocol):
    """The account that the services are of: local AWS, the functions, and time."""

    time: datetime
    artifacts: Path

    def state(self) -> dict: ...

    def change(self, change: Callable[[dict], None]) -> None: ...

    def invoke(self, name: str, event: str, environment: dict[str, str]) -> dict: ...

    def later(self, seconds: float, happens: Callable[[], None]) -> None: ...


def event(name: str, has_rule: Deployed, rule: str, token: str, message: dict) -> str:
    """An event of AWS Config, from the project's own samples."""
    sample = json.loads((WORKSPACE / f"events/{name}.json").read_text())
    invoking = json.loads(sample["invokingEvent"]) | message
    parameters = next(iter(has_rule.of_type("AWS::Config::ConfigRule").values())).get("InputParameters", {})
    given = {"configRuleName": rule, "resultToken": token, "invokingEvent": json.dumps(invoking)}
    return json.dumps(sample | given | {"ruleParameters": json.dumps(parameters)})


class Held:
    """What the services hold, and what happens in them by itself."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stacks: dict[str, dict] = {}
        self.buckets: dict[str, dict] = {}
        self.log_groups: dict[str, dict] = {}
        self.queue: list[str] = []
        self.delivered: dict[str, int] = {}
        self.tokens: dict[str, str] = {}
        self.functions_failed: set[str] = set()
        self.automations: dict[str, dict] = {}
        self.remediations: dict[tuple[str, str], str] = {}
        self.exceptions: list[dict] = []
        self.attempted: dict[str, int] = {}
        self.pack: dict | None = None
        self.roles: dict[str, dict] = {}
        self.known_users: dict[str, str] = {}
        self.known_results: dict[tuple[str, str], str] = {}
        self.recorder = {
            "name": "default",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
            "recordingMode": {"recordingFrequency": "CONTINUOUS"},
        }
        self.denied: dict[str, bool] = {}
        # the stack that has the functions, and the rule as deployed
        self.product_stack, self.rule_name = STACK, RULE
        # tests: what AWS fails to do by itself
        self.skips_runs = 0
        self.has_change_events = True
        self.has_compliance_events = True
        self.has_denial = True
        self.messages: list[Callable[[dict], bool | None]] = []

    # what AWS does by itself

    def look_around(self, state: dict) -> None:
        """Sees what changed: users become change events, results become events of EventBridge."""
        users = {user["userId"]: user for user in state["users"]}
        shown = {user_id: json.dumps([user["path"], user["tags"]]) for user_id, user in users.items()}
        for user_id in shown.keys() | self.known_users.keys():
            if shown.get(user_id) != self.known_users.get(user_id):
                self.world.later(CHANGE_AFTER, lambda user_id=user_id: self.user_changed(user_id))
        self.known_users = shown
        results = {
            (rule["configRuleName"], result["resourceId"]): result["complianceType"]
            for rule in state["configRules"]
            for result in rule["results"]
        }
        for (rule, resource), compliance in results.items():
            if self.known_results.get((rule, resource)) != compliance:
                self.compliance_changed(rule, resource, compliance)
        self.known_results = results

    def user_changed(self, user_id: str) -> None:
        """The change event of a user, if the rule is there."""
        if self.product_stack not in self.stacks or not self.has_change_events:
            return
        now = self.world.time.isoformat().replace("+00:00", "Z")
        user = next((user for user in self.world.state()["users"] if user["userId"] == user_id), None)
        sample = json.loads(json.loads((WORKSPACE / "events/change.json").read_text())["invokingEvent"])
        item = sample["configurationItem"] | {"resourceId": user_id, "configurationItemCaptureTime": now}
        if user is None:
            item |= {"configurationItemStatus": "ResourceDeleted", "configuration": None, "resourceName": None}
        else:
            arn = f"arn:aws:iam::{ACCOUNT_ID}:user{user['path']}{user['userName']}"
            item |= {"resourceName": user["userName"], "ARN": arn, "resourceCreationTime": user["createDate"]}
            item["configuration"] = item["configuration"] | {
                "userName": user["userName"],
                "userId": user_id,
                "arn": arn,
            }
        self.run_rule("change", {"configurationItem": item, "notificationCreationTime": now})

    def compliance_changed(self, rule: str, resource: str, compliance: str) -> None:
        """The event of EventBridge, for the rule that the kit's stack has."""
        kit = self.stacks[KIT_STACK]["deployed"] if KIT_STACK in self.stacks else None
        if kit is None or not self.has_compliance_events:
            return
        pattern = next(iter(kit.of_type("AWS::Events::Rule").values()))["EventPattern"]["detail"]
        if not rule.startswith(pattern["configRuleName"][0]["prefix"]):
            return
        if compliance in pattern["newEvaluationResult"]["complianceType"]:
            detail = {
                "configRuleName": rule,
                "resourceId": resource,
                "newEvaluationResult": {"complianceType": compliance},
            }
            self.queue.append(json.dumps({"detail-type": "Config Rules Compliance Change", "detail": detail}))

    @property
    def product(self) -> Deployed:
        return self.stacks[self.product_stack]["deployed"]

    def run_rule(self, name: str, message: dict) -> None:
        """AWS Config invokes the function of the rule."""
        if self.product_stack not in self.stacks:
            return
        has_rule = self.product if self.rule_name == RULE else self.pack["deployed"]
        text = event(name, has_rule, self.rule_name, self.tokens[self.rule_name], message)
        self.run_function("ConfigRuleFunction", text)

    def run_scheduled(self) -> None:
        if self.skips_runs:
            self.skips_runs -= 1
            return
        self.run_rule("scheduled", {"notificationCreationTime": self.world.time.isoformat().replace("+00:00", "Z")})

    def run_function(self, logical_id: str, event: str) -> dict:
        """Invokes a function of the product, with the environment of the template, and keeps its log."""
        properties = self.product.resources[logical_id]["Properties"]
        answer = self.world.invoke(properties["FunctionName"], event, properties["Environment"]["Variables"])
        group = self.log_groups[properties["LoggingConfig"]["LogGroup"]]
        for line in answer["log"].splitlines():
            at = round(self.world.time.timestamp() * 1000)
            group["events"].append({"eventId": uuid.uuid4().hex, "timestamp": at, "message": line})
        if "errorType" in answer:
            self.functions_failed.add(properties["FunctionName"])
        return answer

    def add_rule(self, state: dict, name: str) -> None:
        self.tokens[name] = f"token-of-{name}"
        state["configRules"].append({"configRuleName": name, "resultToken": self.tokens[name]})

    def run_probe(self) -> None:
        self.queue.append(json.dumps({"probe": {"resultToken": self.tokens[PROBE_RULE], "configRuleName": PROBE_RULE}}))
