"""The remediation as a stack has it: who may start what, with which values."""

from __future__ import annotations

import json
import re
import unittest

from deployed import WORKSPACE, deploy, of_type, read
from parameters import of_code, source
from policy import KEY_TAGS, statements

TOPIC = "arn:aws:sns:us-east-1:111122223333:security"
ROLE = {"Fn::GetAtt": ["RemediateAutomationRole", "Arn"]}

# What a request may say beside the user and the mode, and only if it is stricter than the stack.
STRICTER = {
    "minimumKeyAgeHours", "minimumInactiveDays", "minimumNoticeDays", "setupWindowSeconds", "exceptionTagPrefix",
}  # fmt: skip


def code(*folders: str) -> str:
    """The Rust source of some folders."""
    paths = [path for folder in folders for path in sorted((WORKSPACE / folder).rglob("*.rs"))]
    return "\n".join(path.read_text() for path in paths)


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
        source = (WORKSPACE / "crates/rule/src/remediation/attempt.rs").read_text()
        longest = int(re.search(r"MAX_SECONDS: u32 = (\d+);", source)[1])
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
        self.assertEqual(self.step()["inputs"]["InputPayload"].keys(), set(own))

    def test_a_request_names_user_and_mode_and_is_stricter_or_nothing(self) -> None:
        payload = self.step()["inputs"]["InputPayload"].keys()
        self.assertEqual(payload, {"resourceId", "mode", "automationExecutionId", *STRICTER})
        for name in STRICTER:
            parameter = self.content()["parameters"][name[0].upper() + name[1:]]
            self.assertEqual(parameter["default"], "", "the guards are the stack's, not the caller's")
            self.assertTrue(re.search(parameter["allowedPattern"], ""), name)

    def test_the_guards_come_from_the_environment_as_the_stack_was_given_them(self) -> None:
        given = {"MinimumKeyAgeHours": "48", "MinimumInactiveDays": "30", "MinimumNoticeDays": "3"}
        variables = self.properties("RemediateFunction", **given)["Environment"]["Variables"]
        self.assertEqual(
            {name: value for name, value in variables.items() if name.startswith("MINIMUM_")},
            {"MINIMUM_KEY_AGE_HOURS": "48", "MINIMUM_INACTIVE_DAYS": "30", "MINIMUM_NOTICE_DAYS": "3"},
        )
        self.assertEqual(
            variables.keys(),
            {
                "RULE_PARAMETERS", "MINIMUM_KEY_AGE_HOURS", "MINIMUM_INACTIVE_DAYS", "MINIMUM_NOTICE_DAYS",
                "ALERT_TOPIC_ARN",
            },
        )  # fmt: skip

    def test_the_rule_parameters_of_the_environment_are_those_of_the_rule(self) -> None:
        text = self.properties("RemediateFunction")["Environment"]["Variables"]["RULE_PARAMETERS"]["Fn::Sub"]
        parameters = json.loads(text)
        self.assertEqual(
            parameters, {name: f"${{{name[0].upper()}{name[1:]}}}" for name in of_code(source())}
        )
        # what would break out of the JSON text is no value of the only parameter that is free text
        pattern = self.template["Parameters"]["ExceptionTagPrefix"]["AllowedPattern"]
        self.assertFalse({'"', "\\\\", "{", "}"} & set(pattern.partition("[\\p{L}\\p{N}")[2]))

    def test_the_function_reads_every_variable_of_its_environment(self) -> None:
        read_by_code = code("functions/remediate", "crates/lambda", "crates/rule")
        for name in self.properties("RemediateFunction")["Environment"]["Variables"]:
            self.assertIn(f'"{name}"', read_by_code)

    def test_the_limits_are_those_of_the_function(self) -> None:
        request = code("crates/rule/src/remediation")
        for name in ["MinimumKeyAgeHours", "MinimumInactiveDays", "MinimumNoticeDays"]:
            constant = re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper()
            default = int(re.search(rf"DEFAULT_{constant}: u32 = (\d+);", request)[1])
            # of the environment, and of a request
            field = name[0].lower() + name[1:]
            [of_stack] = re.findall(rf'"{constant}",\s*\w+,\s*(\w+),\s*DEFAULT_{constant},', request)
            [of_request] = re.findall(rf'at_least\(\s*&request,\s*"{field}",\s*(\w+),', request)
            self.assertEqual(of_request, of_stack, name)
            [largest] = re.findall(rf"const {of_stack}: u32 = ([\d_]+);", request)
            largest = largest.replace("_", "")
            declared = self.template["Parameters"][name]
            self.assertEqual(int(declared["Default"]), default, name)
            if "MaxValue" in declared:
                self.assertEqual(declared["MaxValue"], int(largest), name)
            else:
                self.assertTrue(re.search(declared["AllowedPattern"], largest), name)
                self.assertFalse(re.search(declared["AllowedPattern"], str(int(largest) + 1)), name)
            pattern = self.content()["parameters"][name]["allowedPattern"]
            self.assertTrue(re.search(pattern, largest), "the document takes what the template takes")

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
        source = code("crates/rule/src")
        prefixes = [
            re.search(rf'{name}_TAG_PREFIX: &str = "(.+?)"', source)[1] for name in ["NOTICE", "DEACTIVATED"]
        ]
        self.assertEqual(
            KEY_TAGS["ForAllValues:StringLike"], {"aws:TagKeys": [f"{prefix}*" for prefix in prefixes]}
        )

    def test_the_writes_of_iam_work_from_the_function_only_and_tag_keys_only(self) -> None:
        function = self.properties("RemediateFunction")["FunctionName"]
        arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:" + function
        own = {"lambda:SourceFunctionArn": {"Fn::Sub": arn}}
        writes = {"iam:UpdateAccessKey", "iam:TagUser", "iam:DeleteAccessKey"}
        found = set()
        for statement in statements(self.template, "RemediateFunctionRole", AllowKeyDeletion="true"):
            if writes & set(statement["Action"]):
                found |= set(statement["Action"])
                self.assertEqual(statement["Condition"]["ArnEquals"], own, statement["Sid"])
                if "iam:TagUser" in statement["Action"]:
                    self.assertLessEqual(KEY_TAGS.items(), statement["Condition"].items())
        self.assertEqual(found, writes)

    def test_users_below_the_protected_path_are_out_of_reach(self) -> None:
        for path, expected in [("", []), ("/break-glass/", ["Deny"])]:
            found = [
                statement
                for statement in statements(
                    self.template, "RemediateFunctionRole", AllowKeyDeletion="true", ProtectedUserPath=path
                )
                if statement["Sid"] == "LeaveProtectedUsersAlone"
            ]
            self.assertEqual([statement["Effect"] for statement in found], expected)
            for statement in found:
                self.assertEqual(
                    set(statement["Action"]), {"iam:UpdateAccessKey", "iam:TagUser", "iam:DeleteAccessKey"}
                )
                self.assertNotIn("Condition", statement)
                self.assertEqual(
                    statement["Resource"],
                    {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:user${ProtectedUserPath}*"},
                )

    def test_a_protected_path_ends_where_a_folder_ends(self) -> None:
        # `/break` would protect `/breakfast/` as well, and `/*` everybody
        pattern = re.compile(self.template["Parameters"]["ProtectedUserPath"]["AllowedPattern"])
        for accepted in ["", "/break-glass/", "/a/b/"]:
            self.assertTrue(pattern.fullmatch(accepted), accepted)
        for refused in ["/", "/break-glass", "break-glass/", "/*/", "/a?/", "//", "/${aws:username}/"]:
            self.assertFalse(pattern.fullmatch(refused), refused)

    def test_the_function_tells_the_topic_of_the_alerts(self) -> None:
        for parameters, expected in [({}, {"Ref": "AlertTopic"}), ({"AlertTopicArn": TOPIC}, TOPIC)]:
            function = self.properties("RemediateFunction", **parameters)
            self.assertEqual(function["Environment"]["Variables"]["ALERT_TOPIC_ARN"], expected)

    def test_the_function_logs_to_a_log_group_of_its_own(self) -> None:
        function = self.properties("RemediateFunction")
        self.assertEqual(function["LoggingConfig"]["LogGroup"], {"Ref": "RemediateFunctionLogGroup"})
        self.assertEqual(function["Role"], {"Fn::GetAtt": ["RemediateFunctionRole", "Arn"]})


if __name__ == "__main__":
    unittest.main()
