"""Writes the packaged template: template.yaml for people without Rust and SAM, with the code in their own bucket.

It deploys with CloudFormation alone, and carries the metadata of the AWS Serverless Application Repository.

usage: python release/packaged.py [arm64|x86_64] > setupkey.yaml
"""

from __future__ import annotations

import copy
import sys
import tomllib
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse
from translate import VERSION_FOLDER, code, functions, text, translated

WORKSPACE = Path(__file__).resolve().parent.parent
# The processors that Lambda offers, with the platform that is built for.
ARCHITECTURES = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}

BUCKET = {
    "Description": (
        "The name of the bucket in this region that holds the code. Only people who may change the functions should"
        " be able to write to it."
    ),
    "Type": "String",
    "MinLength": 3,
    "MaxLength": 63,
    "AllowedPattern": "^[a-z0-9][a-z0-9.-]*[a-z0-9]$",
    "ConstraintDescription": "the name of an S3 bucket",
}


def version() -> str:
    """The version of the workspace, which is the version of everything that is released."""
    return tomllib.loads((WORKSPACE / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def packaged(template: dict, architecture: str) -> dict:
    """The template of an account, with the code of a release for one processor architecture."""
    template = copy.deepcopy(template)
    parameters = template["Parameters"]
    parameters["Architecture"]["Default"] = architecture
    parameters |= {"ArtifactBucketName": BUCKET, "ArtifactVersion": VERSION_FOLDER | {"Default": version()}}
    for binary, properties in functions(template).items():
        properties["CodeUri"] = code(binary)
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    interface["ParameterGroups"].insert(
        0, {"Label": {"default": "Where the code is"}, "Parameters": ["ArtifactBucketName", "ArtifactVersion"]}
    )
    interface["ParameterLabels"] |= {
        "ArtifactBucketName": {"default": "Bucket of the code"},
        "ArtifactVersion": {"default": "Version of the code"},
    }
    # Serverless Application Repository Developer Guide, "AWS SAM template Metadata section properties"
    template["Metadata"]["AWS::ServerlessRepo::Application"] = {
        "Name": "setupkey",
        "Description": (
            "AWS Config rule that finds IAM users whose access keys were created with the user and never used"
            " (CIS AWS Foundations), with alerts and an optional remediation."
        ),
        "Author": "The setupkey authors",
        "SpdxLicenseId": "Apache-2.0",
        "LicenseUrl": "LICENSE",
        "ReadmeUrl": "README.md",
        "Labels": ["config", "iam", "cis", "security", "compliance"],
        "SemanticVersion": version(),
    }
    return translated(template)


def main() -> int:
    architecture = sys.argv[1] if len(sys.argv) > 1 else "arm64"
    if architecture not in ARCHITECTURES:
        print(f"`{architecture}` is no architecture, expected one of {', '.join(ARCHITECTURES)}", file=sys.stderr)
        return 2
    sys.stdout.write(text(packaged(yaml_parse((WORKSPACE / "template.yaml").read_text()), architecture)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
