"""The templates deploy into any partition, region and account. Each mistake is planted and has to be found."""

from __future__ import annotations

import re
import unittest

from deployed import TEMPLATES, WORKSPACE, read
from literals import literals


class Literals(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read()

    def found(self, expected: str) -> None:
        self.assertIn(expected, literals(self.template))

    def test_no_literal_partition_region_or_account(self) -> None:
        for path in TEMPLATES:
            self.assertEqual(literals(read(path)), [], path.name)

    def test_no_arn_of_one_partition_anywhere(self) -> None:
        # also not where a person would copy it from
        for path in TEMPLATES:
            self.assertNotIn("arn:aws:", path.read_text(), path.name)

    def test_every_template_is_looked_at(self) -> None:
        found = [
            path
            for pattern in ["*.y*ml", "*/*.y*ml", "policies/*/*.y*ml"]
            for path in WORKSPACE.glob(pattern)
            # not what a build wrote
            if path.parent.name != "target"
            and path.parent.name[0] not in "._"
            and re.search(r"^Resources:", path.read_text(), re.MULTILINE)
        ]
        self.assertEqual(sorted(found), sorted(TEMPLATES))

    def test_a_literal_partition_in_the_pack_is_found(self) -> None:
        self.template = read(WORKSPACE / "conformance-pack.yaml")
        source = self.template["Resources"]["ConfigRule"]["Properties"]["Source"]
        source["SourceIdentifier"]["Fn::Sub"] = "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:x"
        self.found("partition `arn:aws:` at Resources/ConfigRule/Properties/Source/SourceIdentifier/Fn::Sub")

    def test_a_literal_region_in_the_stackset_is_found(self) -> None:
        self.template = read(WORKSPACE / "org/stackset.yaml")
        self.template["Resources"]["StackSet"]["Properties"]["StackInstancesGroup"][0]["Regions"] = ["us-east-1"]
        self.found("region `us-east-1` at Resources/StackSet/Properties/StackInstancesGroup/0/Regions/0")

    def test_a_literal_partition_is_found(self) -> None:
        role = self.template["Resources"]["ConfigRuleFunctionRole"]["Properties"]
        statement = role["Policies"][0]["PolicyDocument"]["Statement"][0]
        statement["Resource"] = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:user/*"}
        self.found(
            "partition `arn:aws:` at Resources/ConfigRuleFunctionRole/Properties/Policies/0/"
            "PolicyDocument/Statement/0/Resource/Fn::Sub"
        )

    def test_a_literal_of_another_partition_is_found(self) -> None:
        self.template["Outputs"]["FunctionArn"]["Value"] = "arn:aws-us-gov:lambda"
        self.found("partition `arn:aws-us-gov:` at Outputs/FunctionArn/Value")

    def test_a_literal_region_is_found(self) -> None:
        self.template["Parameters"]["AlertTopicArn"]["Default"] = "eu-central-1"
        self.found("region `eu-central-1` at Parameters/AlertTopicArn/Default")

    def test_a_literal_account_is_found(self) -> None:
        permission = self.template["Resources"]["ConfigRulePermission"]["Properties"]
        for account in ["111122223333", 111122223333]:
            permission["SourceAccount"] = account
            self.found("account `111122223333` at Resources/ConfigRulePermission/Properties/SourceAccount")

    def test_a_pattern_for_one_partition_is_found(self) -> None:
        self.template["Parameters"]["AlertTopicArn"]["AllowedPattern"] = "^arn:aws:sns:.*$"
        self.found("partition `arn:aws:` at Parameters/AlertTopicArn/AllowedPattern")

    def test_a_rules_section_may_name_regions(self) -> None:
        self.template["Rules"]["Region"] = {"Assertions": [{"Assert": "eu-west-1"}]}
        self.assertEqual(literals(self.template), [])


if __name__ == "__main__":
    unittest.main()
