"""The checks of the remediation, and of what stays after the removal."""

from __future__ import annotations

from account import absent
from check import Failed, Skipped, action, check, expect
from names import FUNCTIONS, KIT_STACK, PACK, PROBE_RULE, ROLES, RULE, STACK
from run import Run
from stack import delete

# AWS Config starts an automatic remediation some minutes after a result, and repeats a failed one.
AUTOMATIC_WITHIN = 900
PACK_WITHIN = 900

# A younger tag can be that of a remediation that still runs, and stays as it is (docs/remediation.md).
TAG_SETTLES = 240


def only_action(answer: dict, action: str, key_id: str) -> None:
    """Raises unless the function did this, and nothing else."""
    did = [(each["action"], each["accessKeyId"]) for each in answer.get("actions", [])]
    if did != [(action, key_id)]:
        raise Failed(f"the function answered {answer}, expected {action} of ...{key_id[-4:]} only")


def succeeded(state: str, answer: dict) -> None:
    """Raises unless the automation succeeded."""
    if state != "Success":
        raise Failed(f"the automation ended as {state}: {answer}")


@check(37)
def announces(run: Run) -> str:
    user = run.people["never"]
    key = user.keys[0]
    state, answer = run.automation("never", "dry-run")
    succeeded(state, answer)
    only_action(answer, "would-deactivate", key.key_id)
    state, answer = run.automation("never", "deactivate", MinimumNoticeDays="1")
    succeeded(state, answer)
    only_action(answer, "announced", key.key_id)
    _, seconds = run.alert(key.key_id, "will be deactivated")
    if f"setup-key-notice:{key.key_id}" not in run.users.tags_of(user) or run.users.status(user, key) != "Active":
        raise Failed("the notice has no tag, or the key was changed")
    return "dry run, then notice"


@check(38)
def deactivates(run: Run) -> str:
    user = run.people["never"]
    key = user.keys[0]
    state, answer = run.automation("never", "deactivate")
    run.deactivated_at = run.account.clock.now()
    succeeded(state, answer)
    only_action(answer, "deactivated", key.key_id)
    if run.users.status(user, key) != "Inactive" or f"setup-key-deactivated:{key.key_id}" not in run.users.tags_of(
        user
    ):
        raise Failed(f"the key is {run.users.status(user, key)}, the tags are {sorted(run.users.tags_of(user))}")
    return "inactive and tagged"


@check(39)
def from_config(run: Run) -> str:
    user = run.people["name"]
    resource = {"resourceType": "AWS::IAM::User", "resourceId": user.user_id}
    config = run.account.client("config")
    answer = config.start_remediation_execution(ConfigRuleName=run.rule, ResourceKeys=[resource])
    if answer.get("FailedItems"):
        raise Failed(f"AWS Config did not start it: {answer.get('FailureMessage', '')}")

    def look() -> str | None:
        statuses = config.describe_remediation_execution_status(ConfigRuleName=run.rule, ResourceKeys=[resource])
        states = [status["State"] for status in statuses["RemediationExecutionStatuses"]]
        return next((state for state in states if state in ("SUCCEEDED", "FAILED")), None)

    state, seconds = run.account.until("the end of the remediation", 300, look)
    if state != "SUCCEEDED" or run.users.status(user, user.keys[0]) != "Inactive":
        raise Failed(f"AWS Config says {state}, the key is {run.users.status(user, user.keys[0])}")
    return f"{state} after {seconds} s"


@check(40)
def protected(run: Run) -> str:
    user = run.people["protected"]
    _, answer = run.automation("protected", "deactivate")
    if run.users.status(user, user.keys[0]) != "Active":
        raise Failed("the key of a protected user was deactivated")
    if any(name.startswith("setup-key-deactivated:") for name in run.users.tags_of(user)):
        raise Failed("a protected user was tagged")
    denied = [entry for _, entry in run.log("RemediateLogGroupName") if "AccessDenied" in str(entry)]
    if not denied:
        raise Failed(f"the key is active, but not because IAM denied the write: {answer}")
    return "denied, the key is active"


@check(41)
def failure_shows(run: Run) -> str:
    state, answer = run.automation("never", "deactivate", SetupWindowSeconds="61")
    if state != "Failed":
        raise Failed(f"the request is looser than the stack and the automation ended as {state}: {answer}")
    return "Failed"


@check(34)
def failure_rings(run: Run) -> str:
    _, seconds = run.account.until(
        "a change of RemediationErrorsAlarm to ALARM",
        900,
        lambda: run.has_rung("RemediationErrorsAlarm") or None,
    )
    return f"ALARM in its history, looked for {seconds} s"


@check(42)
def undo(run: Run) -> str:
    user = run.people["never"]
    key = user.keys[0]
    run.users.set_status(user, key, "Active")
    if run.deactivated_at is not None:
        age = (run.account.clock.now() - run.deactivated_at).total_seconds()
        run.account.clock.sleep(max(0, TAG_SETTLES + 10 - age))
    state, answer = run.automation("never", "deactivate")
    if run.users.status(user, key) != "Active" or answer.get("actions"):
        raise Failed(f"a key that was activated again was changed: {answer}")
    tag = run.users.tags_of(user).get(f"setup-key-deactivated:{key.key_id}", "")
    if not tag.startswith("reactivated "):
        raise Failed(f"the tag is `{tag}`, expected `reactivated` and a time")
    run.alert(key.key_id, "active again")
    run.evaluate()
    expect(run.becomes("never", "NON_COMPLIANT"))
    return "left alone, reported, noncompliant again"


@check(43)
def deletes(run: Run) -> str:
    user = run.people["name"]
    key = user.keys[0]
    state, answer = run.automation("name", "delete")
    succeeded(state, answer)
    only_action(answer, "deleted", key.key_id)
    if run.users.status(user, key) != "deleted":
        raise Failed(f"the key is {run.users.status(user, key)}")
    return "deleted"


@action(vital=False)
def starts_automatic(run: Run) -> None:
    """Has AWS Config remediate two users of the kit by itself: one is announced, one fails each time."""
    for kind in ("automatic", "protected"):
        failed = run.put(kind, "NON_COMPLIANT", "for automatic remediation", run.account.clock.now())
        if failed:
            raise Failed(f"AWS Config did not accept the evaluation: {failed}")


@check(44)
def announcement_is_no_failure(run: Run) -> str:
    announced, failing = run.people["automatic"].user_id, run.people["protected"].user_id
    config = run.account.client("config")

    def excepted() -> set[str]:
        exceptions = config.describe_remediation_exceptions(ConfigRuleName=PROBE_RULE)
        return {exception["ResourceId"] for exception in exceptions["RemediationExceptions"]}

    try:
        _, seconds = run.account.until(
            "a remediation exception", AUTOMATIC_WITHIN, lambda: excepted() & {announced, failing} or None
        )
    except Exception as error:  # noqa: BLE001 - without the exception of the failing user there is no conclusion
        raise Skipped(f"AWS Config wrote no remediation exception for a user whose remediation fails each time: {error}") from error
    run.account.clock.sleep(60)  # the other one has as many attempts
    if announced in excepted():
        raise Failed("AWS Config wrote a remediation exception for a user whose remediation succeeded and who stays noncompliant")
    user = run.people["automatic"]
    if f"setup-key-notice:{user.keys[0].key_id}" not in run.users.tags_of(user):
        raise Skipped("AWS Config has not remediated the other user, so there is no conclusion")
    return f"a remediation exception for the failing user after {seconds} s, none for the announced one"


@check(51)
def removes(run: Run) -> str:
    config = run.account.client("config")
    if run.pack_rule is not None:
        config.delete_conformance_pack(ConformancePackName=PACK)
        gone = "NoSuchConformancePackException"
        look = lambda: (
            True if absent(config.describe_conformance_packs, gone, ConformancePackNames=[PACK]) is None else None
        )  # noqa: E731
        run.account.until("the deletion of the conformance pack", PACK_WITHIN, look)
    seconds = delete(run.account, KIT_STACK) + delete(run.account, STACK)
    iam, functions = run.account.client("iam"), run.account.client("lambda")
    stays = [
        name for name in FUNCTIONS if absent(functions.get_function, "ResourceNotFoundException", FunctionName=name)
    ]
    stays += [name for name in ROLES if absent(iam.get_role, "NoSuchEntity", RoleName=name)]
    stays += [RULE] if absent(config.describe_config_rules, "NoSuchConfigRuleException", ConfigRuleNames=[RULE]) else []
    if stays:
        raise Failed(f"after the removal there is still {', '.join(stays)}")
    logs = run.account.client("logs")
    for output in ("LogGroupName", "RemediateLogGroupName"):
        group = run.outputs[output]
        listed = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if group not in [each["logGroupName"] for each in listed]:
            raise Failed(f"the log group {group} is gone")
    return f"after {seconds} s only the two log groups; the kit deletes them now"
