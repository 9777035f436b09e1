"""The checks of the rule: its deployment, its runs, its results and messages."""

from __future__ import annotations

import json
from datetime import timedelta

from account import absent
from check import Failed, Skipped, action, check, expect
from names import KIT_STACK, PROTECTED_PATH, STACK
from run import Run, annotation, said, text_of
from stack import PARAMETERS, code_block, create, kit_template, upload
from users import User

# The stack's setup window: the default.
WINDOW = 60
# Every character that a user name may hold beside letters and digits (IAM User Guide, quotas).
NAME = "Every.Allowed+=,@_Character-9"
EXEMPTION = {"owner": "acceptance kit", "reason": "one run of the kit"}
# What the first run has to say of each kind of user; None for no result.
VERDICTS = {
    "never": "NON_COMPLIANT",
    "late": "COMPLIANT",
    "inactive": "COMPLIANT",
    "reactivated": "NON_COMPLIANT",
    "protected": "NON_COMPLIANT",
    "automatic": "NON_COMPLIANT",
    "used": "NON_COMPLIANT",  # its key is used later in the run
    "name": "NON_COMPLIANT",
    "password-later": None,
    "exempt": None,
}


@check(1, vital=True)
def deploys(run: Run) -> str:
    begun = run.account.clock.now()
    url = upload(run.account, run.account_id, run.run_id, run.artifacts)
    bucket = url.rsplit("/", 4)[1]
    given = PARAMETERS | {"ArtifactBucketName": bucket, "ProtectedUserPath": PROTECTED_PATH}
    run.outputs |= create(run.account, STACK, run.run_id, given, TemplateURL=url)
    topic = {"AlertTopicArn": run.outputs["AlertTopicArn"]}
    run.outputs |= create(run.account, KIT_STACK, run.run_id, topic, TemplateBody=json.dumps(kit_template()))
    seconds = round((run.account.clock.now() - begun).total_seconds())
    return f"both stacks after {seconds} s"


@check(2)
def runs_when_new(run: Run) -> str:
    return f"seen {run.next_run()['waited']} s after both stacks were there"


@action(vital=True)
def creates_users(run: Run) -> None:
    tomorrow = (run.account.clock.now() + timedelta(days=30)).date().isoformat()
    exempt = {f"setup-key-exception:{name}": value for name, value in (EXEMPTION | {"expires": tomorrow}).items()}
    users, people = run.users, run.people
    people["late"] = users.create("late", password=True)
    people["never"] = users.create("never", password=True, key=True)
    people["used"] = users.create("used", password=True, key=True)
    people["name"] = users.create(NAME, password=True, key=True)
    people["automatic"] = users.create("automatic", password=True, key=True)
    people["protected"] = users.create("protected", path=PROTECTED_PATH, password=True, key=True)
    people["password-later"] = users.create("password-later", key=True)
    people["exempt"] = users.create("exempt", password=True, key=True, more=exempt)
    people["inactive"] = users.create("inactive", password=True, key=True)
    people["reactivated"] = users.create("reactivated", password=True, key=True)
    for kind in ("inactive", "reactivated"):
        users.set_status(people[kind], people[kind].keys[0], "Inactive")
    run.account.clock.sleep(2)  # the dates of IAM are whole seconds: a change of last_rotated has to show
    users.set_status(people["reactivated"], people["reactivated"].keys[0], "Active")
    passed = run.account.clock.now() - people["late"].created
    run.account.clock.sleep(max(0, WINDOW + 10 - passed.total_seconds()))
    users.add_key(people["late"])


@check(3, vital=True)
def runs_when_asked(run: Run) -> str:
    line = run.evaluate()
    return f"a run {line['waited']} s after the request: {line['Users']} users, {line['Flagged']} flagged, {line['Calls']} calls"


@check(4)
def verdicts(run: Run) -> str:
    wrong = [run.becomes(kind, compliance) for kind, compliance in VERDICTS.items() if compliance]
    stored = run.results()
    absent_ones = [kind for kind, compliance in VERDICTS.items() if compliance is None]
    # a change event may come before the run, and reports these
    wrong += [
        f"{run.people[kind].name}: expected no verdict, AWS Config has {said(stored.get(run.people[kind].user_id))}"
        for kind in absent_ones
        if said(stored.get(run.people[kind].user_id)) not in (None, "NOT_APPLICABLE")
    ]
    for kind in ("never", "reactivated", "name"):
        wrong.append(run.becomes(kind, "NON_COMPLIANT", *finding(run.people[kind])))
    wrong.append(run.becomes("late", "COMPLIANT", f"{run.people['late'].name}: "))
    if any(wrong):
        raise Failed("; ".join(each for each in wrong if each))
    return f"{len(VERDICTS)} users, as annotated"


def finding(user: User) -> tuple[str, ...]:
    """What the annotation of a user with one flagged key has to hold, by the dates that IAM gave."""
    key = user.keys[0]
    seconds = round((key.created - user.created).total_seconds())
    return (
        f"{user.name}: console password",
        f"...{key.key_id[-4:]} created with the user ({seconds:+d} s)",
        "never used",
    )


@check(6)
def every_character(run: Run) -> str:
    user = run.people["name"]
    has = annotation(run.result_of("name"))
    if not has.startswith(f"{user.name}: "):
        raise Failed(f"the annotation of {user.name} is `{has}`")
    return user.name


@check(7)
def event_time(run: Run) -> str:
    result = run.result_of("never")
    if result is None:
        raise Failed(f"{run.people['never'].name} has no result")
    ordering, recorded = result["EvaluationResultIdentifier"]["OrderingTimestamp"], result["ResultRecordedTime"]
    earliest = run.people["never"].created - timedelta(seconds=60)
    if not earliest <= ordering <= recorded + timedelta(seconds=5):
        raise Failed(
            f"OrderingTimestamp is {ordering:%H:%M:%S}, recorded {recorded:%H:%M:%S}, the user was created {earliest:%H:%M:%S}"
        )
    return f"{(recorded - ordering).total_seconds():.0f} s from event to result"


@check(22)
def reads_everything(run: Run) -> str:
    line = run.runs[-1]
    unread = [entry["message"] for _, entry in run.log("LogGroupName") if entry.get("message") == "user not read"]
    if line["Unread"] or unread:
        raise Failed(f"{line['Unread']} users could not be read; the log has the errors")
    if not line["Calls"]:
        raise Failed("the run made no call")
    return f"{line['Calls']} calls, {line['Retries']} retries"


@check(30)
def alerts(run: Run) -> str:
    user = run.people["never"]
    alert, seconds = run.alert(f"{user.name} ({user.user_id})")
    attributes = {name: attribute["Value"] for name, attribute in alert.get("MessageAttributes", {}).items()}
    expected = {"account": run.account_id, "rule": run.rule, "severity": "LOW"}
    if not expected.items() <= attributes.items() or int(attributes.get("new", "0")) < 1:
        raise Failed(f"the attributes are {attributes}, expected {expected} and `new` of at least 1")
    if user.keys[0].key_id not in text_of(alert):
        raise Failed("the message does not name the access key")
    return f"{attributes['new']} new findings in one message, {len(alert['Message'])} characters"


@check(31)
def pending_subscription(run: Run) -> str:
    topic = run.outputs["PendingTopicArn"]
    has = run.account.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    confirmed, pending = has.get("SubscriptionsConfirmed"), has.get("SubscriptionsPending")
    if confirmed != "0":
        raise Failed(f"SubscriptionsConfirmed is {confirmed} without a confirmation")
    return f"confirmed 0, pending {pending}"


@check(14)
def second_run(run: Run) -> str:
    line = run.evaluate()
    if line["New"] or line["Evaluations"] != 1:
        raise Failed(
            f"the second run has {line['New']} new findings and {line['Evaluations']} evaluations, expected 0 and 1"
        )
    return f"0 new, 1 evaluation, {line['Calls']} calls"


@check(15)
def change_event(run: Run) -> str:
    changed = run.users.create("changed", password=True, key=True)
    run.people["changed"] = changed
    _, seconds = run.account.until(
        "the evaluation of a new user by a change event", 900, lambda: said(run.result_of("changed"))
    )
    expect(run.becomes("changed", "NON_COMPLIANT", *finding(changed)))
    run.alert(f"{changed.name} ({changed.user_id})")
    return f"result {seconds} s after the user"


@check(17)
def password_later(run: Run) -> str:
    run.users.add_password(run.people["password-later"])
    exempt_in(run, "reactivated")
    run.evaluate()
    expect(run.becomes("password-later", "NON_COMPLIANT", *finding(run.people["password-later"])))
    return "flagged by the next run"


def exempt_in(run: Run, kind: str) -> None:
    """Exempts a user from the next run on."""
    ends = (run.account.clock.now() + timedelta(days=30)).date().isoformat()
    tags = {f"setup-key-exception:{name}": value for name, value in (EXEMPTION | {"expires": ends}).items()}
    run.users.tag(run.people[kind], tags)


@check(18)
def exemption(run: Run) -> str:
    user = run.people["reactivated"]
    wrong = run.becomes("reactivated", "NOT_APPLICABLE", f"{user.name}: exempt until")
    # if AWS Config lists no NOT_APPLICABLE at all, that is a statement of its own
    if wrong and run.result_of("reactivated") is not None:
        raise Failed(wrong)
    alert, _ = run.alert("took effect", f"{user.name} ({user.user_id})")
    if EXEMPTION["reason"] not in text_of(alert):
        raise Failed("the message does not give the reason of the exemption")
    return "announced and cleared"


@check(16)
def deleted_user(run: Run) -> str:
    user = run.people["late"]
    run.users.delete(user.name)
    # by the change event, or else by the next scheduled run
    run.evaluate()
    has, seconds = run.account.until(
        "the clearing of a deleted user",
        600,
        lambda: "gone" if said(run.result_of("late")) in (None, "NOT_APPLICABLE") else None,
    )
    return f"cleared {seconds} s after the run"


@check(19)
def compliance_event(run: Run) -> str:
    # the rule of EventBridge may be younger than the first results, but not than this user
    user = run.people["changed"]

    def look() -> dict | None:
        run.receive()
        return next((change for change in run.changes if change["detail"].get("resourceId") == user.user_id), None)

    change, _ = run.account.until("the event about a user that became noncompliant", 300, look)
    result = change["detail"].get("newEvaluationResult", {})
    if result.get("complianceType") != "NON_COMPLIANT":
        raise Failed(f"newEvaluationResult is {result}")
    return f"annotation in the event: {'yes' if result.get('annotation') else 'no'}"


@check(20)
def advanced_query(run: Run) -> str:
    query = code_block("docs/results.md", "An aggregator", "sql")
    answer = run.account.client("config").select_resource_config(Expression=query)
    rows = [json.loads(row) for row in answer.get("Results", [])]
    ids = {row.get("configuration", {}).get("targetResourceId") for row in rows}
    known = {user.user_id for kind, user in run.people.items() if VERDICTS.get(kind) == "NON_COMPLIANT"}
    if rows and not all(ids):
        raise Failed(f"a row without configuration.targetResourceId: {rows[0]}")
    if not ids & known:
        raise Skipped("the query is accepted and has no row about the kit: record AWS::Config::ResourceCompliance")
    return f"{len(rows)} rows, {len(ids & known)} of the kit"


@check(21)
def security_hub(run: Run) -> str:
    return hub_finding(run, run.rule)


def hub_finding(run: Run, rule: str) -> str:
    """Waits for the finding of Security Hub about a noncompliant user."""
    hub = run.account.client("securityhub")
    if absent(hub.describe_hub, "InvalidAccessException", "ResourceNotFoundException") is None:
        raise Skipped("Security Hub is off in this region")
    user = run.people["never"]
    filters = {
        "Title": [{"Value": rule, "Comparison": "EQUALS"}],
        "ResourceId": [{"Value": user.arn, "Comparison": "EQUALS"}],
    }
    found, seconds = run.account.until(
        "the finding in Security Hub", 600, lambda: (hub.get_findings(Filters=filters)["Findings"] or [None])[0]
    )
    status = found.get("Compliance", {}).get("Status")
    if status not in ("FAILED", "PASSED", "NOT_AVAILABLE"):
        raise Failed(f"Compliance.Status is {status}")
    return f"Compliance.Status {status} after {seconds} s"
