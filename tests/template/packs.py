"""What AWS Config accepts in a conformance pack, and what this function accepts from its rule.

The restrictions are those of PutConformancePack (AWS Config API Reference) and of the name that a rule gets in a pack.
"""

from __future__ import annotations

import re
from pathlib import Path

from deployed import WORKSPACE, read

PACKS = [WORKSPACE / "conformance-pack.yaml", *sorted((WORKSPACE / "packs").glob("*.yaml"))]

RESOURCE_TYPES = {"AWS::Config::ConfigRule", "AWS::Config::RemediationConfiguration"}

# Others are refused, or were never seen in a pack of AWS.
SECTIONS = {"Parameters", "Mappings", "Conditions", "Resources"}

MAX_BYTES = 51_200

# A pack adds about 30 characters, and GetComplianceDetailsByConfigRule takes 64.
MAX_RULE_NAME = 34

MAX_DESCRIPTION = 256
MAX_PARAMETERS = 60

MESSAGE_TYPES = [
    "ScheduledNotification",
    "ConfigurationItemChangeNotification",
    "OversizedConfigurationItemChangeNotification",
]


def restrictions(text: str, pack: dict) -> list[str]:
    """Why AWS Config would refuse the pack, or not find its results again."""
    found = [f"section `{name}` is refused in a pack" for name in pack.keys() - SECTIONS]
    if len(text.encode()) > MAX_BYTES:
        found.append(f"{len(text.encode())} bytes, at most {MAX_BYTES} are accepted")
    if len(pack.get("Parameters", {})) > MAX_PARAMETERS:
        found.append(f"more than {MAX_PARAMETERS} parameters")
    for name, parameter in pack.get("Parameters", {}).items():
        if parameter["Type"] != "String":
            found.append(f"parameter `{name}` is a `{parameter['Type']}`, packs hand over strings")
    rules = {}
    for logical_id, resource in pack["Resources"].items():
        if resource["Type"] not in RESOURCE_TYPES:
            found.append(f"`{logical_id}` is a `{resource['Type']}`, which packs refuse")
        if resource["Type"] == "AWS::Config::ConfigRule":
            rules[logical_id] = resource["Properties"]
    for logical_id, rule in rules.items():
        name = rule.get("ConfigRuleName")
        if not isinstance(name, str):
            found.append(f"the name of `{logical_id}` is not literal")
        elif not re.fullmatch(rf"[\w-]{{1,{MAX_RULE_NAME}}}", name):
            found.append(f"rule name `{name}` has {len(name)} characters, at most {MAX_RULE_NAME}")
        if len(rule.get("Description", "")) > MAX_DESCRIPTION:
            found.append(f"the description of `{logical_id}` is longer than {MAX_DESCRIPTION}")
    names = {rule.get("ConfigRuleName") for rule in rules.values() if isinstance(rule.get("ConfigRuleName"), str)}
    for logical_id, resource in pack["Resources"].items():
        if resource["Type"] == "AWS::Config::RemediationConfiguration":
            if resource["Properties"].get("ConfigRuleName") not in names:
                found.append(f"`{logical_id}` remedies a rule that is not in the pack")
    return sorted(found)


def disagreements(pack: dict, code: dict[str, dict], template: dict) -> list[str]:
    """Where the rules of the pack differ from what the function accepts, and from the rule of the template."""
    found = []
    [own] = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Config::ConfigRule"
    ]
    function = template["Resources"]["ConfigRuleFunction"]["Properties"]["FunctionName"]
    for logical_id, resource in pack["Resources"].items():
        if resource["Type"] != "AWS::Config::ConfigRule":
            continue
        rule = resource["Properties"]
        if rule["ConfigRuleName"] != own["ConfigRuleName"]:
            found.append(f"rule name `{rule['ConfigRuleName']}` of `{logical_id}`")
        if rule["Source"]["SourceIdentifier"] != {
            "Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + function
        }:
            found.append(f"function of `{logical_id}`: {rule['Source']['SourceIdentifier']}")
        given = rule.get("InputParameters", {})
        found += [f"rule parameter `{name}` of `{logical_id}` is unknown" for name in given.keys() - code.keys()]
        if given and given.keys() != code.keys():
            found += [f"rule parameter `{name}` is missing" for name in code.keys() - given.keys()]
        for name, value in given.items():
            parameter = name[0].upper() + name[1:]
            if value != {"Fn::If": [name, {"Ref": parameter}, {"Ref": "AWS::NoValue"}]}:
                found.append(f"rule parameter `{name}` is given as {value}")
            default = pack.get("Parameters", {}).get(parameter, {}).get("Default")
            if name in code and default != code[name]["default"]:
                found.append(f"`{parameter}` has the default `{default}`, the code `{code[name]['default']}`")
            if pack.get("Conditions", {}).get(name) != {"Fn::Not": [{"Fn::Equals": ["", {"Ref": parameter}]}]}:
                found.append(f"condition `{name}` is not that `{parameter}` is empty")
    return sorted(found + disagreements_of_remediation(pack, template))


def disagreements_of_remediation(pack: dict, template: dict) -> list[str]:
    """Where the remediation of the pack names or gives what the template does not have or take."""
    resources = template["Resources"]
    document = resources["RemediateDocument"]["Properties"]
    role = resources["RemediateAutomationRole"]["Properties"]["RoleName"]
    found = []
    for logical_id, resource in pack["Resources"].items():
        if resource["Type"] != "AWS::Config::RemediationConfiguration":
            continue
        properties = resource["Properties"]
        given = properties["Parameters"]
        if properties["TargetId"] != document["Name"]:
            found.append(f"document `{properties['TargetId']}` of `{logical_id}`")
        if given["AutomationAssumeRole"]["StaticValue"]["Values"] != [
            {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{role}"}
        ]:
            found.append(f"role of `{logical_id}`: {given['AutomationAssumeRole']}")
        takes = document["Content"]["parameters"].keys()
        found += [f"remediation parameter `{name}` is unknown" for name in given.keys() - takes]
        of_rule = takes & {name[0].upper() + name[1:] for name in pack["Conditions"]}
        for name in of_rule:
            expected = {"StaticValue": {"Values": [{"Ref": name}]}}
            # `none` is a value of the rule's, and no prefix more
            condition = {"ExceptionTagPrefix": "ownExceptionTagPrefix"}.get(name, name[0].lower() + name[1:])
            if given.get(name) != {"Fn::If": [condition, expected, {"Ref": "AWS::NoValue"}]}:
                found.append(f"remediation parameter `{name}` is not that of the rule")
    return found


def read_pack(path: Path) -> tuple[str, dict]:
    """The text of a pack, which counts, and what it says."""
    return path.read_text(), read(path)
