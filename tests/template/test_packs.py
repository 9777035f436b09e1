"""AWS Config accepts the conformance packs, and the function what they give to it. Each mistake is planted."""

from __future__ import annotations

import copy
import unittest

from deployed import WORKSPACE, deploy, of_type, read, resolve, section
from packs import MESSAGE_TYPES, PACKS, disagreements, read_pack, restrictions
from parameters import of_code, source

FRAGMENT = WORKSPACE / "packs/iam-user-console-and-api-access-at-creation.yaml"
REPLACED = "IAMUserConsoleAndAPIAccessAtCreation"


class Packs(unittest.TestCase):
    def setUp(self) -> None:
        self.text, self.pack = read_pack(WORKSPACE / "conformance-pack.yaml")
        self.template, self.code = read(), of_code(source())
        self.rule = self.pack["Resources"]["ConfigRule"]["Properties"]

    def refused(self, expected: str) -> None:
        self.assertIn(expected, restrictions(self.text, self.pack))

    def differs(self, expected: str) -> None:
        found = disagreements(self.pack, self.code, self.template)
        self.assertTrue(any(expected in each for each in found), found)

    def deployed(self, resource: str = "ConfigRule", **parameters: str) -> dict:
        """What a pack with these parameters makes: the rule, or its remediation."""
        values = {name: declared["Default"] for name, declared in self.pack["Parameters"].items()} | parameters
        return section(self.pack, "Resources", values)[resource]["Properties"]

    def test_aws_config_accepts_every_pack(self) -> None:
        self.assertEqual(len(PACKS), 2)
        for path in PACKS:
            self.assertEqual(restrictions(*read_pack(path)), [], path.name)

    def test_every_pack_agrees_with_code_and_template(self) -> None:
        for path in PACKS:
            self.assertEqual(disagreements(read(path), self.code, self.template), [], path.name)

    def test_the_pack_takes_all_parameters_of_the_rule_and_when_it_runs(self) -> None:
        expected = {name[0].upper() + name[1:] for name in self.code}
        expected |= {"MaximumExecutionFrequency", "EvaluateOnChange", "AutomaticRemediation", "MinimumNoticeDays"}
        self.assertEqual(self.pack["Parameters"].keys(), expected)
        # what the stack has stands, unless the pack is stricter
        self.assertEqual(self.pack["Parameters"]["MinimumNoticeDays"]["Default"], "")
        for name in expected - {"MinimumNoticeDays"}:
            default = self.template["Parameters"][name]["Default"]
            self.assertEqual(self.pack["Parameters"][name]["Default"], str(default), name)

    def test_a_parameter_that_is_empty_is_not_given_to_the_rule(self) -> None:
        self.assertEqual(
            self.deployed()["InputParameters"],
            {name: parameter["default"] for name, parameter in self.code.items()},
        )
        empty = {name: "" for name in self.pack["Parameters"]}
        rule = self.deployed(**empty)
        self.assertEqual(rule["InputParameters"], {})
        self.assertEqual(
            rule["Source"]["SourceDetails"],
            [
                {
                    "EventSource": "aws.config",
                    "MessageType": "ScheduledNotification",
                    "MaximumExecutionFrequency": "TwentyFour_Hours",
                }
            ],
        )

    def test_the_pack_deploys_the_rule_of_the_template(self) -> None:
        [own] = of_type(self.template["Resources"], "AWS::Config::ConfigRule").values()
        own = copy.deepcopy(own["Properties"])
        values = {name: str(declared["Default"]) for name, declared in self.template["Parameters"].items()}
        own = resolve(own, {"ChangeTriggers": True}, values)
        rule = self.deployed()
        self.assertEqual(rule["Scope"], own["Scope"])
        self.assertEqual(rule["Description"], own["Description"])
        self.assertEqual(rule["Source"]["SourceDetails"], own["Source"]["SourceDetails"])
        self.assertEqual(rule["InputParameters"], own["InputParameters"])

    def test_the_pack_deploys_the_remediation_of_the_template(self) -> None:
        for automatic in ["true", "false"]:
            own = deploy(self.template, AutomaticRemediation=automatic)["RemediationConfiguration"]["Properties"]
            remediation = self.deployed("RemediationConfiguration", AutomaticRemediation=automatic)
            for name in ["ResourceType", "TargetType", "Automatic", "ExecutionControls"]:
                self.assertEqual(remediation[name], own[name], name)
            for name in ["MaximumAutomaticAttempts", "RetryAttemptSeconds"]:
                self.assertEqual(remediation.get(name), own.get(name), name)
            for name in ["ResourceId", "Mode"]:
                self.assertEqual(remediation["Parameters"][name], own["Parameters"][name], name)

    def test_the_remediation_of_the_pack_can_only_be_stricter_than_the_stack(self) -> None:
        given = self.deployed(
            "RemediationConfiguration", Scope="all-users", SetupWindowSeconds="30", ExceptionTagPrefix="", MinimumNoticeDays="3"
        )["Parameters"]
        own = {"SetupWindowSeconds": "30", "MinimumNoticeDays": "3"}
        for name, value in own.items():
            self.assertEqual(given[name], {"StaticValue": {"Values": [value]}})
        # no other: whom the rule of the pack looks at is no matter of the guards
        self.assertEqual(given.keys(), {"AutomationAssumeRole", "ResourceId", "Mode", *own})

    def test_the_pack_adds_its_prefix_of_exemptions_to_the_stacks(self) -> None:
        for prefix, expected in [("team", {"StaticValue": {"Values": ["team"]}}), ("none", None), ("", None)]:
            given = self.deployed("RemediationConfiguration", ExceptionTagPrefix=prefix)["Parameters"]
            self.assertEqual(given.get("ExceptionTagPrefix"), expected, prefix)

    def test_another_remediation_document_is_found(self) -> None:
        self.pack["Resources"]["RemediationConfiguration"]["Properties"]["TargetId"] = "AWSConfigRemediation-Any"
        self.differs("document `AWSConfigRemediation-Any` of `RemediationConfiguration`")

    def test_another_remediation_role_is_found(self) -> None:
        self.template["Resources"]["RemediateAutomationRole"]["Properties"]["RoleName"] = "another"
        self.differs("role of `RemediationConfiguration`")

    def test_a_wrong_parameter_name_in_the_remediation_is_found(self) -> None:
        given = self.pack["Resources"]["RemediationConfiguration"]["Properties"]["Parameters"]
        given["SetupWindow"] = given.pop("SetupWindowSeconds")
        self.differs("remediation parameter `SetupWindow` is unknown")
        self.differs("remediation parameter `SetupWindowSeconds` is not that of the rule")

    def test_the_fragment_takes_the_place_of_the_process_check(self) -> None:
        fragment = read(FRAGMENT)
        self.assertEqual(list(fragment), ["Resources"], "nothing to merge but one resource")
        self.assertEqual(list(fragment["Resources"]), [REPLACED])
        details = fragment["Resources"][REPLACED]["Properties"]["Source"]["SourceDetails"]
        self.assertEqual([detail["MessageType"] for detail in details], MESSAGE_TYPES)
        pack = {
            "Resources": {
                name: {
                    "Type": "AWS::Config::ConfigRule",
                    "Properties": {
                        "ConfigRuleName": name.lower(),
                        "Source": {"Owner": "AWS", "SourceIdentifier": "AWS_CONFIG_PROCESS_CHECK"},
                    },
                }
                for name in [REPLACED, "IAMUserSingleAccessKey"]
            }
        }
        self.assertEqual(len(restrictions("", pack)), 1, "the check that is replaced has too long a name")
        pack["Resources"] |= fragment["Resources"]
        self.assertEqual(restrictions("", pack), [])
        self.assertEqual(len(pack["Resources"]), 2)

    def test_a_wrong_parameter_name_in_the_pack_is_found(self) -> None:
        self.rule["InputParameters"]["setupWindow"] = self.rule["InputParameters"].pop("setupWindowSeconds")
        self.differs("rule parameter `setupWindow` of `ConfigRule` is unknown")
        self.differs("rule parameter `setupWindowSeconds` is missing")

    def test_a_wrong_parameter_name_in_the_fragment_is_found(self) -> None:
        fragment = read(FRAGMENT)
        fragment["Resources"][REPLACED]["Properties"]["InputParameters"] = {"scopes": "all-users"}
        found = disagreements(fragment, self.code, self.template)
        self.assertIn(f"rule parameter `scopes` of `{REPLACED}` is unknown", found)

    def test_a_parameter_renamed_in_the_code_is_found(self) -> None:
        self.code["window"] = self.code.pop("setupWindowSeconds")
        self.differs("rule parameter `setupWindowSeconds` of `ConfigRule` is unknown")

    def test_a_pack_parameter_renamed_is_found(self) -> None:
        self.pack["Parameters"]["Window"] = self.pack["Parameters"].pop("SetupWindowSeconds")
        self.differs("`SetupWindowSeconds` has the default `None`")

    def test_a_different_default_is_found(self) -> None:
        self.pack["Parameters"]["Criterion"]["Default"] = "setup"
        self.differs("`Criterion` has the default `setup`")

    def test_a_condition_that_looks_at_another_parameter_is_found(self) -> None:
        self.pack["Conditions"]["scope"] = self.pack["Conditions"]["criterion"]
        self.differs("condition `scope`")

    def test_another_function_is_found(self) -> None:
        self.template["Resources"]["ConfigRuleFunction"]["Properties"]["FunctionName"] = "another"
        self.differs("function of `ConfigRule`")

    def test_a_resource_type_that_packs_refuse_is_found(self) -> None:
        self.pack["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic"}
        self.refused("`Topic` is a `AWS::SNS::Topic`, which packs refuse")

    def test_a_macro_is_found(self) -> None:
        self.pack["Transform"] = "AWS::Serverless-2016-10-31"
        self.refused("section `Transform` is refused in a pack")

    def test_a_rule_name_that_is_not_literal_is_found(self) -> None:
        self.rule["ConfigRuleName"] = {"Fn::Sub": "${AWS::Region}-rule"}
        self.refused("the name of `ConfigRule` is not literal")

    def test_a_rule_name_that_is_too_long_is_found(self) -> None:
        self.rule["ConfigRuleName"] = "i" * 35
        self.refused(f"rule name `{'i' * 35}` has 35 characters, at most 34")

    def test_a_pack_that_is_too_long_is_found(self) -> None:
        self.text += "é" * 25_600
        found = restrictions(self.text, self.pack)
        self.assertTrue(any(each.endswith("at most 51200 are accepted") for each in found), found)

    def test_a_parameter_that_is_no_string_is_found(self) -> None:
        self.pack["Parameters"]["RefreshAfterDays"]["Type"] = "Number"
        self.refused("parameter `RefreshAfterDays` is a `Number`, packs hand over strings")

    def test_a_remediation_of_another_rule_is_found(self) -> None:
        self.pack["Resources"]["Remediation"] = {
            "Type": "AWS::Config::RemediationConfiguration",
            "Properties": {"ConfigRuleName": "another", "TargetType": "SSM_DOCUMENT", "TargetId": "document"},
        }
        self.refused("`Remediation` remedies a rule that is not in the pack")


if __name__ == "__main__":
    unittest.main()
