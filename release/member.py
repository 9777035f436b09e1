"""Writes org/member.yaml: template.yaml as the accounts of an organization get it, by a StackSet.

Plain CloudFormation, for service-managed StackSets take no macros: SAM is translated here. Without what a
conformance pack brings (the rule, its remediation and its parameters), and without what is for one account (email
addresses, the dashboard). The code comes from a bucket in the account's region, which the organization may read.

usage: python release/member.py [template.yaml] > org/member.yaml
"""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse
from translate import VERSION_FOLDER, code, functions, text, translated

WORKSPACE = Path(__file__).resolve().parent.parent

# The pack brings them.
OF_THE_PACK = {"AWS::Config::ConfigRule", "AWS::Config::RemediationConfiguration"}

# Never met in an account of an organization. A dashboard in each costs, and shows one account.
NEVER = {"SubscribeEmail", "CreateAlarmTopic", "Dashboard", "ChangeTriggers"}

BUCKET = {
    "Description": "The name of the artifact bucket, ArtifactBucketName of org/central.yaml.",
    "Type": "String",
    "MaxLength": 63,
    "AllowedPattern": "^[a-z0-9][a-z0-9-]*-[0-9]{12}-[a-z0-9-]+-an$",
    "ConstraintDescription": "the name of a bucket with the account, the region and -an at its end",
}


def object_version(archive: str) -> dict:
    """The parameter for the version of an object: what lies there later is another version, and not deployed."""
    return {
        "Description": f"The version ID of the object {archive}, as the upload prints it.",
        "Type": "String",
        "MinLength": 1,
        "MaxLength": 1024,
        "AllowedPattern": "^(?!null$)[A-Za-z0-9._-]+$",
        "ConstraintDescription": "the version ID of an object in a bucket with versions",
    }


HEADER = """\
# Made from template.yaml by release/member.py: change that, then `make member`. The tests compare them.
#
# What an account of an organization gets by org/stackset.yaml. The rule comes with the conformance pack.
"""


NO_VALUE = {"Ref": "AWS::NoValue"}


def member(template: dict) -> dict:
    """The template of an account of the organization."""
    template = copy.deepcopy(template)
    template["Description"] = (
        "setupkey, in an account of an organization: what the AWS Config rule iam-user-no-setup-access-key of a"
        " conformance pack invokes."
    )
    del template["Metadata"]
    template["Parameters"] |= {"ArtifactBucketName": BUCKET, "ArtifactVersion": VERSION_FOLDER}
    for binary, properties in functions(template).items():
        version = "".join(word.capitalize() for word in binary.split("-")) + "ObjectVersion"
        template["Parameters"][version] = object_version(f"{binary}.zip")
        properties["CodeUri"] = code(binary) | {"Version": {"Ref": version}}
    return without_pack(translated(template))


def without_pack(template: dict) -> dict:
    """Without what the pack brings, and without what nothing refers to then."""
    resources = {
        name: decided(resource)
        for name, resource in template["Resources"].items()
        if resource["Type"] not in OF_THE_PACK and resource.get("Condition") not in NEVER
    }
    left_out = template["Resources"].keys() - resources.keys()
    # here a value that names what is not there is a mistake of the template, and cfn-lint finds it
    outputs = {
        name: decided(output)
        for name, output in template["Outputs"].items()
        if output.get("Condition") not in NEVER and not references(output) & left_out
    }
    conditions = needed(template["Conditions"], references([resources, outputs]))
    parameters = needed(template["Parameters"], references([resources, outputs, conditions]))
    rules = {
        name: rule for name, rule in template["Rules"].items() if references(rule) <= parameters.keys()
    }
    sections = {"Parameters": parameters, "Rules": rules, "Conditions": conditions}
    sections |= {"Resources": resources, "Outputs": outputs}
    return {
        name: sections.get(name, section) for name, section in template.items() if sections.get(name, section)
    }


def needed(section: dict, names: set[str]) -> dict:
    """The members of a section that others name, and those that these name."""
    kept = {name for name in section if name in names}
    while more := {name for name in section if name in references([section[each] for each in kept])} - kept:
        kept |= more
    return {name: member for name, member in section.items() if name in kept}


def decided(value: object) -> object:
    """A value with the conditions of `NEVER` decided."""
    if isinstance(value, list):
        return [element for element in map(decided, value) if element != NO_VALUE]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        if condition in NEVER:
            return decided(otherwise)
        return {"Fn::If": [condition, decided(then), decided(otherwise)]}
    return {key: decided(element) for key, element in value.items()}


def references(value: object) -> set[str]:
    """The parameters, resources and conditions that a value names."""
    if isinstance(value, list):
        return {name for element in value for name in references(element)}
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, element in value.items():
        if key in {"Ref", "Condition"} and isinstance(element, str):
            found.add(element)
        elif key == "Fn::GetAtt":
            found.add(element[0])
        elif key == "Fn::If":
            found.add(element[0])
        elif key == "Fn::Sub":
            text, given = element if isinstance(element, list) else (element, {})
            found |= {name for name in re.findall(r"\$\{([\w:]+)[^}]*\}", text) if name not in given}
        elif key == "DependsOn":
            found |= set(element if isinstance(element, list) else [element])
        found |= references(element)
    return found


def written(template: dict) -> str:
    """The text of org/member.yaml."""
    return HEADER + text(member(template))


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else WORKSPACE / "template.yaml"
    sys.stdout.write(written(yaml_parse(path.read_text())))


if __name__ == "__main__":
    main()
