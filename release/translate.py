"""template.yaml as plain CloudFormation, with the code of its functions in a bucket: no SAM, no Rust to deploy it."""

from __future__ import annotations

import logging
import os

import yaml
from samtranslator.translator.transform import transform

VERSION_FOLDER = {
    "Description": "The folder of the artifact bucket that holds the code, a version.",
    "Type": "String",
    "MinLength": 1,
    "MaxLength": 64,
    "AllowedPattern": "^[A-Za-z0-9][A-Za-z0-9._+-]*$",
    "ConstraintDescription": "1 to 64 letters, digits and ._+-",
}


def functions(template: dict) -> dict[str, dict]:
    """The properties of the functions of a SAM template, by the name of the binary."""
    return {
        resource["Metadata"]["BuildProperties"]["Binary"]: resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def code(binary: str) -> dict:
    """Where the archive of a function lies: release/artifacts.py writes it under this name."""
    return {
        "Bucket": {"Ref": "ArtifactBucketName"},
        "Key": {"Fn::Sub": f"setupkey/${{ArtifactVersion}}/{binary}.zip"},
    }


class ManagedPolicies:
    """The translator's question for AWS managed policies: the template uses none."""

    def load(self) -> dict[str, str]:
        return {}


def translated(template: dict) -> dict:
    """The template with SAM's resources replaced by those that they stand for."""
    # the translator asks for a region, and no value may depend on it
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    return without_sam(transform(template, {}, ManagedPolicies()))


def without_sam(template: dict) -> dict:
    """Nothing that tells of SAM: it is plain CloudFormation now."""
    template.pop("Transform", None)
    for resource in template["Resources"].values():
        metadata = resource.get("Metadata", {})
        for name in ["BuildMethod", "BuildProperties", "SamResourceId"]:
            metadata.pop(name, None)
        if not metadata:
            resource.pop("Metadata", None)
        if resource.get("Properties", {}).get("Tags") == [{"Key": "lambda:createdBy", "Value": "SAM"}]:
            del resource["Properties"]["Tags"]
    return template


class Dumper(yaml.SafeDumper):
    """Sequences indented as in the other templates, and nothing by reference: CloudFormation knows no anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def text(template: dict) -> str:
    """The template as YAML."""
    return yaml.dump(plain(template), Dumper=Dumper, sort_keys=False, width=110, allow_unicode=True)


def plain(value: object) -> object:
    """Dicts, lists and scalars, whatever types the translator uses."""
    if isinstance(value, dict):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, list):
        return [plain(element) for element in value]
    return str(value) if isinstance(value, str) else value
