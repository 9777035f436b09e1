"""A stand-in for an account of AWS, for the tests of the kit.

IAM, STS, CloudTrail, and the results of AWS Config are local AWS, over HTTP, and the functions are the real binaries on
it. The rest (CloudFormation, S3, Systems Manager, queues, logs, metrics, alarms, rules and recorders) is played in this
process by `stand_in_services`: botocore validates each request against its model before it gets there, and each answer
is validated against the model here.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import botocore.session
from botocore import xform_name
from botocore.validate import ParamValidator

from account import Account
from stack import ARTIFACTS
from stand_in_base import ACCOUNT_ID, REGION, WORKSPACE, Refused
from stand_in_services import Services

DEBUG = WORKSPACE / "target/debug"
# The binary of each function, by its name in the account.
BINARIES = {"setupkey-config-rule": "config-rule", "setupkey-remediate": "remediate"}

# The models of the services are read once for all accounts.
MODELS = botocore.session.Session().get_component("data_loader")

# What the tags that the remediation writes begin with.
TAGS = ("setup-key-notice:", "setup-key-deactivated:")

# What local AWS answers: of these services everything, or these operations.
LOCAL = {
    "sts": None,
    "cloudtrail": None,
    "iam": {
        "CreateUser", "CreateLoginProfile", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "DeleteLoginProfile",
        "DeleteUser", "TagUser", "GetUser", "GetLoginProfile", "ListUsers", "ListAccessKeys", "ListUserTags", "GetAccessKeyLastUsed",
        "GetAccountSummary", "GenerateCredentialReport", "GetCredentialReport",
    },
    "sns": {"GetTopicAttributes"},
    "config": {"PutEvaluations", "GetComplianceDetailsByConfigRule"},
}  # fmt: skip


class Killed(BaseException):
    """The kit's process is gone: no call gets through any more."""


class Answered:
    """What botocore asks of an HTTP answer."""

    def __init__(self, status: int) -> None:
        self.status_code = status


class StandIn:
    """An account. Its time moves when the kit sleeps, and with it everything that AWS does by itself."""

    def __init__(self, users: list[dict] | None = None, artifacts: Path | None = None) -> None:
        self.artifacts = artifacts or ARTIFACTS

        # the remediation has the system's clock: an hour is more than a run takes
        self.time = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        self.process = subprocess.Popen(
            [DEBUG / "examples/account", DEBUG], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        state = {"users": users or [], "clock": self.time.isoformat(), "accountId": ACCOUNT_ID, "region": REGION}
        self.endpoint = self._line(state)["endpoint"]
        self.due: list[tuple[datetime, Callable[[], None]]] = []
        self.calls: list[str] = []
        # tests: answers instead of a service's, unless they are `None`; changes of an answer; the call at which the kit dies
        self.instead: dict[str, list[Callable[[dict], dict | None]]] = {}
        self.changed: dict[str, list[Callable[[dict, dict], None]]] = {}
        self.kill_at: int | None = None
        self.at_call: tuple[int, Callable[[], None]] | None = None
        self.services = Services(self)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _line(self, asked: dict) -> dict:
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    # local AWS

    def state(self) -> dict:
        """What local AWS holds."""
        return self._line({"state": None})["state"]

    def change(self, change: Callable[[dict], None]) -> None:
        """Changes what local AWS holds."""
        state = self.state()
        change(state)
        self._line({"state": state})

    def invoke(self, name: str, event: str, environment: dict[str, str]) -> dict:
        """Runs a function: its answer or error, and its log."""
        environment = environment | {"AWS_LAMBDA_FUNCTION_NAME": name}
        return self._line({"invoke": BINARIES[name], "event": event, "environment": environment})

    # time

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        passed = timedelta(seconds=max(seconds, 1))
        self.time += passed
        state = self.state() | {"clock": self.time.isoformat()}
        # the remediation has the system's clock, so what it wrote grows older instead
        for user in state["users"]:
            user["tags"] = {
                key: older(value, passed) if key.startswith(TAGS) else value for key, value in user["tags"].items()
            }
        self._line({"state": state})
        self.services.look_around(state)
        for when, happens in sorted(self.due, key=lambda each: each[0]):
            if when <= self.time:
                self.due.remove((when, happens))
                happens()

    def later(self, seconds: float, happens: Callable[[], None]) -> None:
        """Has something happen after so many seconds."""
        self.due.append((self.time + timedelta(seconds=seconds), happens))

    # the kit's side

    def account(self) -> Account:
        """The account as the kit sees it: a new process, with clients of its own."""
        core = botocore.session.Session()
        core.register_component("data_loader", MODELS)
        core.set_credentials("ASIALOCALAWS00000000", "local", "local")
        core.register("before-parameter-build", self._asked)
        core.register("before-call", self._answer)
        core.register("after-call", self._change)
        account = Account(REGION, boto3.Session(botocore_session=core), clock=self, endpoint=self.endpoint)
        account.every = 20  # each look costs the tests some milliseconds
        return account

    def _asked(self, params: dict, model, context: dict, **_) -> None:
        context["asked"] = json.loads(
            json.dumps(params, default=lambda value: value.isoformat() if hasattr(value, "isoformat") else "")
        )

    def _answer(self, model, context: dict, **_) -> tuple[Answered, dict] | None:
        service, operation = model.service_model.service_name, model.name
        name = f"{service}:{operation}"
        if self.kill_at is not None and len(self.calls) >= self.kill_at:
            raise Killed(name)
        self.calls.append(name)
        if self.at_call is not None and len(self.calls) == self.at_call[0]:
            self.at_call[1]()
        asked = context.get("asked", {})
        request_id = f"00000000-0000-4000-a000-{len(self.calls):012x}"
        metadata = {"RequestId": request_id, "HTTPStatusCode": 200}
        try:
            said = next(
                filter(lambda said: said is not None, (instead(asked) for instead in self.instead.get(name, []))), None
            )
            if said is None:
                if service in LOCAL and (LOCAL[service] is None or operation in LOCAL[service]):
                    return None
                said = getattr(self.services, f"{service}_{xform_name(operation)}")(asked)
        except Refused as refused:
            error = {"Code": refused.code, "Message": refused.message}
            return Answered(refused.status), {
                "Error": error,
                "ResponseMetadata": metadata | {"HTTPStatusCode": refused.status},
            }
        if model.output_shape is not None:
            report = ParamValidator().validate(said, model.output_shape)
            if report.has_errors():
                raise TypeError(f"{name}: not as modelled: {report.generate_report()}")
        return Answered(200), said | {"ResponseMetadata": metadata}

    def _change(self, parsed: dict, model, context: dict, **_) -> None:
        if "Error" in parsed:
            return
        for change in self.changed.get(f"{model.service_model.service_name}:{model.name}", []):
            change(parsed, context.get("asked", {}))


def older(value: str, passed: timedelta) -> str:
    """The value of a tag whose time is longer ago."""
    time, _, rest = value.partition(" ")
    try:
        return f"{(datetime.fromisoformat(time) - passed).isoformat().replace('+00:00', 'Z')} {rest}".rstrip()
    except ValueError:
        return value


def refuse(code: str, message: str = "as the service says") -> Callable[[dict], dict]:
    """An answer of a service that refuses."""

    def answer(_: dict) -> dict:
        raise Refused(code, message)

    return answer
