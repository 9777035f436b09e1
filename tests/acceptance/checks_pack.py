"""The checks of a conformance pack, in an account of its own or in a member account of an organization."""

from __future__ import annotations

from botocore.exceptions import ClientError

from account import code_of
from check import Failed, Skipped, check
from checks_rule import hub_finding
from names import PACK, RULE, tags
from run import Run
from stack import WORKSPACE

PACK_WITHIN = 900
LONGEST_RULE = 64


@check(45)
def pack(run: Run) -> str:
    config = run.account.client("config")
    config.put_conformance_pack(
        ConformancePackName=PACK,
        TemplateBody=(WORKSPACE / "conformance-pack.yaml").read_text(),
        ConformancePackInputParameters=[
            {"ParameterName": "EvaluateOnChange", "ParameterValue": "false"},
            {"ParameterName": "MinimumNoticeDays", "ParameterValue": "1"},
        ],
        Tags=tags(run.run_id),
    )

    def look() -> dict | None:
        details = config.describe_conformance_pack_status(ConformancePackNames=[PACK])["ConformancePackStatusDetails"]
        return next((one for one in details if not one["ConformancePackState"].endswith("_IN_PROGRESS")), None)

    status, seconds = run.account.until("the creation of the conformance pack", PACK_WITHIN, look)
    if status["ConformancePackState"] != "CREATE_COMPLETE":
        raise Failed(f"{status['ConformancePackState']}: {status.get('ConformancePackStatusReason', 'no reason')}")
    return f"after {seconds} s, {pack_invokes(run)}"


def pack_invokes(run: Run) -> str:
    """Looks for the rule of the pack, which has to invoke the function of this account."""
    rules = run.account.pages("config", "describe_config_rules", "ConfigRules")
    rules = [rule for rule in rules if rule["ConfigRuleName"].startswith(f"{RULE}-")]
    if len(rules) != 1:
        raise Failed(f"{len(rules)} rules have the name of the pack's with a suffix")
    run.pack_rule = rules[0]["ConfigRuleName"]
    function = rules[0]["Source"]["SourceIdentifier"]
    if function != run.outputs["FunctionArn"]:
        raise Failed(f"the rule invokes {function}")
    return "with the account's function"


def rule_of_pack(run: Run) -> str:
    if run.pack_rule is None:
        raise Skipped("there is no pack")
    return run.pack_rule


@check(46)
def name_of_pack_rule(run: Run) -> str:
    name = rule_of_pack(run)
    if len(name) > LONGEST_RULE:
        raise Failed(f"{name} has {len(name)} characters, GetComplianceDetailsByConfigRule takes {LONGEST_RULE}")
    return f"{name}, {len(name)} characters"


@check(47)
def parameters_of_pack(run: Run) -> str:
    name = rule_of_pack(run)
    config = run.account.client("config")
    [configuration] = config.describe_remediation_configurations(ConfigRuleNames=[name])["RemediationConfigurations"]
    values = {
        parameter: value["StaticValue"]["Values"]
        for parameter, value in configuration["Parameters"].items()
        if "StaticValue" in value
    }
    expected = {"SetupWindowSeconds": ["60"], "MinimumNoticeDays": ["1"]}
    if not expected.items() <= values.items():
        raise Failed(f"the parameters are {values}, expected {expected}")
    return f"{len(values)} parameters"


@check(48)
def results_of_pack(run: Run) -> str:
    name = rule_of_pack(run)
    try:
        run.account.client("config").delete_evaluation_results(ConfigRuleName=name)
    except ClientError as error:
        return f"refused: {code_of(error)}"
    raise Failed("AWS Config deleted the results of a rule of a pack")


@check(49)
def exceptions_of_pack(run: Run) -> str:
    name = rule_of_pack(run)
    resource = {"ResourceType": "AWS::IAM::User", "ResourceId": run.people["never"].user_id}
    config = run.account.client("config")
    try:
        config.delete_remediation_exceptions(ConfigRuleName=name, ResourceKeys=[resource])
    except ClientError as error:
        # there is none to delete, which AWS Config says only of a rule that it lets one ask about
        if code_of(error) == "NoSuchRemediationExceptionException":
            return "accepted: there is no remediation exception to delete"
        raise
    return "accepted"


@check(50)
def security_hub_of_pack(run: Run) -> str:
    return hub_finding(run, rule_of_pack(run))
