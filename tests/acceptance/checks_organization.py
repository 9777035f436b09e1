"""The checks of a member account of an organization, in which a StackSet and a pack have deployed the rule already."""

from __future__ import annotations

from account import absent
from check import Failed, Skipped, action, check, expect
from checks_pack import pack_invokes
from checks_rule import finding
from names import FUNCTIONS
from run import Run, annotation
from stack import describe, stack_of

MARKER = " [alert pending]"


@action(vital=True)
def finds_functions(run: Run) -> None:
    functions = run.account.client("lambda")
    for name, log_group in zip(FUNCTIONS, ("LogGroupName", "RemediateLogGroupName"), strict=True):
        found = absent(functions.get_function, "ResourceNotFoundException", FunctionName=name)
        if found is None:
            raise Failed(f"the account has no function {name}: follow docs/organization.md up to step 3 first")
        run.outputs[log_group] = found["Configuration"]["LoggingConfig"]["LogGroup"]
        if name == FUNCTIONS[0]:
            run.outputs["FunctionArn"] = found["Configuration"]["FunctionArn"]


@check(54)
def stack_is_current(run: Run) -> str:
    name = stack_of(run.account, FUNCTIONS[0])
    if name is None or not name.startswith("StackSet-"):
        raise Failed(f"the functions belong to {name or 'no stack'}, expected one of a StackSet")
    status = describe(run.account, name)["StackStatus"]
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise Failed(f"the stack {name} is {status}")
    return f"{name} is {status}"


@check(45, vital=True)
def rule_of_pack(run: Run) -> str:
    said = pack_invokes(run)
    run.rule = run.pack_rule
    return said


@check(55)
def alert_leaves(run: Run) -> str:
    user = run.people["never"]
    expect(run.becomes("never", "NON_COMPLIANT", *finding(user)))
    lines = [str(line) for _, line in run.log("LogGroupName")]
    if any("no confirmed subscription" in line for line in lines):
        raise Skipped("the central topic has no confirmed subscription")
    if any("AlertNotSent" in line for line in lines) or annotation(run.result_of("never")).endswith(MARKER):
        raise Failed("the function could not publish to the central topic; its log has the error")
    return "published: the finding has no marker"
