"""The remediation as a stack has it: who may start what, with which values."""

from __future__ import annotations

import re
import unittest

from deployed import WORKSPACE, deploy, of_type, read
from parameters import of_code, source
from policy import DEACTIVATED_TAGS

TOPIC = "arn:aws:sns:us-east-1:111122223333:security"
ROLE = {"Fn::GetAtt": ["RemediateAutomationRole", "Arn"]}


class Remediation(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read()

    def properties(self, name: str, **parameters: str) -> dict:
        return deploy(self.template, **parameters)[name]["Properties"]

    def content(self) -> dict:
        return self.properties("RemediateDocument")["Content"]

    def step(self) -> dict:
        [step] = self.content()["mainSteps"]
        return step

    def test_it_waits_for_somebody_unless_it_is_told_not_to(self) -> None:
        configuration = self.properties("RemediationConfiguration")
        self.assertIs(configuration["Automatic"], False)
        automatic = self.properties("RemediationConfiguration", AutomaticRemediation="true")
        self.assertIs(automatic["Automatic"], True)
        # AWS Config API Reference, RemediationConfiguration
        self.assertIn(automatic["MaximumAutomaticAttempts"], range(1, 26))
        self.assertIn(automatic["RetryAttemptSeconds"], range(1, 2_678_001))

    def test_it_only_ever_deactivates(self) -> None:
        for parameters in [{}, {"AutomaticRemediation": "true", "AllowKeyDeletion": "true"}]:
            mode = self.properties("RemediationConfiguration", **parameters)["Parameters"]["Mode"]
            self.assertEqual(mode, {"StaticValue": {"Values": ["deactivate"]}})

    def test_it_hands_over_the_user_of_the_rule(self) -> None:
        configuration = self.properties("RemediationConfiguration")
        self.assertEqual(configuration["ConfigRuleName"], {"Ref": "ConfigRule"})
        self.assertEqual(configuration["ResourceType"], "AWS::IAM::User")
        self.assertEqual(
            (configuration["TargetType"], configuration["TargetId"]),
            ("SSM_DOCUMENT", {"Ref": "RemediateDocument"}),
        )
        given = configuration["Parameters"]
        self.assertEqual(given["ResourceId"], {"ResourceValue": {"Value": "RESOURCE_ID"}})
        self.assertEqual(given["AutomationAssumeRole"], {"StaticValue": {"Values": [ROLE]}})
        self.assertLessEqual(given.keys(), self.content()["parameters"].keys())

    def test_the_document_is_an_automation(self) -> None:
        document = self.properties("RemediateDocument")
        self.assertEqual((document["DocumentType"], document["Content"]["schemaVersion"]), ("Automation", "0.3"))
        # a document with a name is not replaced: CloudFormation refuses the update otherwise
        self.assertEqual((document["Name"], document["UpdateMethod"]), ("setupkey-remediate", "NewVersion"))
        self.assertEqual(document["Content"]["assumeRole"], "{{ AutomationAssumeRole }}")

    def test_the_document_asks_for_the_user_only_and_takes_nothing_unchecked(self) -> None:
        parameters = self.content()["parameters"]
        self.assertEqual([name for name, each in parameters.items() if "default" not in each], ["ResourceId"])
        for name, parameter in parameters.items():
            self.assertEqual(parameter["type"], "String", name)
            self.assertTrue({"allowedPattern", "allowedValues"} & parameter.keys(), name)
        for accepted, user_id in [
            (True, "AIDAYXRZASNFKQHOCPTGD"),
            (False, "anitha"),
            (False, "AROAYXRZASNFKQHOCPTGD"),
            (False, 'AIDAYXRZASNFKQHOCPTGD"}'),
        ]:
            matched = re.search(parameters["ResourceId"]["allowedPattern"], user_id)
            self.assertEqual(bool(matched), accepted, user_id)
        for accepted, role in [
            (True, "arn:aws:iam::111122223333:role/setupkey-RemediateAutomationRole-1A2B"),
            (True, "arn:aws-us-gov:iam::111122223333:role/path/role"),
            (False, "arn:aws:iam::111122223333:user/anitha"),
            (False, "role"),
        ]:
            matched = re.search(parameters["AutomationAssumeRole"]["allowedPattern"], role)
            self.assertEqual(bool(matched), accepted, role)

    def test_the_document_invokes_the_function_once(self) -> None:
        step = self.step()
        self.assertEqual(step["action"], "aws:invokeLambdaFunction")
        self.assertEqual(step["inputs"]["FunctionName"], {"Fn::GetAtt": ["RemediateFunction", "Arn"]})
        # a second attempt would find the tag of the first, and call it a success to leave the key alone
        self.assertEqual(step["maxAttempts"], 1)
        self.assertLessEqual(step["timeoutSeconds"], 300)
        self.assertEqual(self.content()["outputs"], [f"{step['name']}.Payload"])

    def test_the_function_ends_before_systems_manager_stops_waiting(self) -> None:
        timeout = self.properties("RemediateFunction")["Timeout"]
        source = (WORKSPACE / "functions/remediate/src/handler.rs").read_text()
        longest = int(re.search(r"MAX_TIME: Duration = Duration::from_secs\((\d+)\)", source)[1])
        self.assertEqual((timeout, longest), (240, 240))

    def test_the_payload_is_an_object_of_parameters_and_no_pasted_text(self) -> None:
        inputs = self.step()["inputs"]
        self.assertNotIn("Payload", inputs)
        parameters = self.content()["parameters"]
        for name, value in inputs["InputPayload"].items():
            expected = name[0].upper() + name[1:] if name != "automationExecutionId" else "automation:EXECUTION_ID"
            self.assertEqual(value, f"{{{{ {expected} }}}}")
            if name != "automationExecutionId":
                self.assertIn(expected, parameters)
        payload = {name[0].upper() + name[1:] for name in inputs["InputPayload"]}
        self.assertEqual(parameters.keys() - payload, {"AutomationAssumeRole"})

    def test_the_payload_has_the_fields_that_the_function_knows(self) -> None:
        request = (WORKSPACE / "crates/rule/src/remediation/request.rs").read_text()
        own = re.findall(r'"(\w+)"', re.search(r"FIELDS: \[&str; \d+\] =\s*\[(.*?)\];", request, re.DOTALL)[1])
        # when a result is put again is no matter of remediation
        rule = of_code(source()).keys() - {"refreshAfterDays"}
        self.assertEqual(self.step()["inputs"]["InputPayload"].keys(), {*own, *rule})

    def test_the_limits_are_those_of_the_function(self) -> None:
        request = (WORKSPACE / "crates/rule/src/remediation/request.rs").read_text()
        for name in ["MinimumKeyAgeHours", "MinimumInactiveDays"]:
            constant = re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper()
            declared = self.template["Parameters"][name]
            default = int(re.search(rf"DEFAULT_{constant}: u32 = (\d+);", request)[1])
            largest = re.search(rf'{constant}: .*?=\s*\("\w+", ([\d_]+),', request)[1].replace("_", "")
            self.assertEqual((declared["Default"], declared["MaxValue"]), (default, int(largest)))
            pattern = self.content()["parameters"][name]["allowedPattern"]
            self.assertTrue(re.search(pattern, largest), "the document takes what the template takes")

    def test_the_document_defaults_to_what_the_stack_was_given(self) -> None:
        for name, parameter in self.content()["parameters"].items():
            if name in self.template["Parameters"]:
                by_name = [{"Fn::Sub": f"${{{name}}}"}, str(self.template["Parameters"][name]["Default"])]
                self.assertIn(parameter["default"], by_name)

    def test_only_systems_manager_for_this_account_may_invoke_the_function(self) -> None:
        role = self.properties("RemediateAutomationRole")
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        self.assertEqual(trust["Principal"], {"Service": "ssm.amazonaws.com"})
        self.assertEqual(trust["Condition"]["StringEquals"], {"aws:SourceAccount": {"Ref": "AWS::AccountId"}})
        [policy] = role["Policies"]
        [statement] = policy["PolicyDocument"]["Statement"]
        self.assertEqual(statement["Action"], ["lambda:InvokeFunction"])
        self.assertEqual(statement["Resource"], {"Fn::GetAtt": ["RemediateFunction", "Arn"]})
        invoked = [each["Properties"]["FunctionName"] for each in self.permissions()]
        self.assertNotIn({"Fn::GetAtt": ["RemediateFunction", "Arn"]}, invoked)

    def permissions(self) -> list[dict]:
        return list(of_type(deploy(self.template), "AWS::Lambda::Permission").values())

    def test_the_function_may_write_the_tags_that_it_writes(self) -> None:
        source = (WORKSPACE / "crates/rule/src/remediation.rs").read_text()
        prefix = re.search(r'DEACTIVATED_TAG_PREFIX: &str = "(.+?)"', source)[1]
        self.assertEqual(DEACTIVATED_TAGS["ForAllValues:StringLike"], {"aws:TagKeys": f"{prefix}*"})

    def test_the_function_tells_the_topic_of_the_alerts(self) -> None:
        for parameters, expected in [({}, {"Ref": "AlertTopic"}), ({"AlertTopicArn": TOPIC}, TOPIC)]:
            function = self.properties("RemediateFunction", **parameters)
            self.assertEqual(function["Environment"]["Variables"], {"ALERT_TOPIC_ARN": expected})

    def test_the_function_logs_to_a_log_group_of_its_own(self) -> None:
        function = self.properties("RemediateFunction")
        self.assertEqual(function["LoggingConfig"]["LogGroup"], {"Ref": "RemediateFunctionLogGroup"})
        self.assertEqual(function["Role"], {"Fn::GetAtt": ["RemediateFunctionRole", "Arn"]})


if __name__ == "__main__":
    unittest.main()
