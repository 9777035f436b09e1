"""What a stack has after the template was translated from SAM, with its conditions resolved."""

from __future__ import annotations

import re
import unittest

from deployed import WORKSPACE, deploy, of_type, read

TOPIC = "arn:aws:sns:us-east-1:111122223333:security"
CHANGES = ["ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification"]


class Stack(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read()

    def one(self, kind: str, **parameters: str) -> dict:
        resources = of_type(deploy(self.template, **parameters), kind)
        # what belongs to the remediation is tested in test_remediation.py
        [resource] = [each for name, each in resources.items() if not name.startswith("Remediat")]
        return resource

    def properties(self, kind: str, **parameters: str) -> dict:
        return self.one(kind, **parameters)["Properties"]

    def test_only_aws_config_for_this_account_may_invoke_the_function(self) -> None:
        self.assertEqual(
            self.properties("AWS::Lambda::Permission"),
            {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Fn::GetAtt": ["ConfigRuleFunction", "Arn"]},
                "Principal": "config.amazonaws.com",
                "SourceAccount": {"Ref": "AWS::AccountId"},
            },
        )

    def test_the_rule_waits_for_the_permission(self) -> None:
        self.assertEqual(self.one("AWS::Config::ConfigRule")["DependsOn"], "ConfigRulePermission")

    def test_the_rule_invokes_the_function_under_its_fixed_name(self) -> None:
        rule = self.properties("AWS::Config::ConfigRule")
        self.assertEqual(rule["ConfigRuleName"], "iam-user-no-setup-access-key")
        self.assertLessEqual(len(rule["Description"]), 256)
        self.assertEqual(rule["Source"]["Owner"], "CUSTOM_LAMBDA")
        self.assertEqual(rule["Source"]["SourceIdentifier"], {"Fn::GetAtt": ["ConfigRuleFunction", "Arn"]})

    def test_the_schedule_is_on_with_and_without_change_triggers(self) -> None:
        for on_change, changes in [("true", CHANGES), ("false", [])]:
            rule = self.properties(
                "AWS::Config::ConfigRule", EvaluateOnChange=on_change, MaximumExecutionFrequency="One_Hour"
            )
            scheduled, *others = rule["Source"]["SourceDetails"]
            self.assertEqual(
                scheduled,
                {
                    "EventSource": "aws.config",
                    "MessageType": "ScheduledNotification",
                    "MaximumExecutionFrequency": "One_Hour",
                },
            )
            self.assertEqual(
                others, [{"EventSource": "aws.config", "MessageType": change} for change in changes]
            )
            scope = {"ComplianceResourceTypes": ["AWS::IAM::User"]}
            self.assertEqual(rule.get("Scope"), scope if changes else None)

    def test_the_rule_is_given_what_the_stack_is_given(self) -> None:
        given = self.properties("AWS::Config::ConfigRule", SetupWindowSeconds="0", Scope="all-users")
        self.assertEqual(given["InputParameters"]["setupWindowSeconds"], "0")
        self.assertEqual(given["InputParameters"]["scope"], "all-users")

    def test_a_topic_is_created_and_the_function_alerts_it(self) -> None:
        topic = {"Ref": "AlertTopic"}
        self.assertEqual(self.alerted(), (topic, topic))
        self.assertIn("KmsMasterKeyId", self.properties("AWS::SNS::Topic"))

    def test_a_topic_that_is_given_is_alerted_and_none_is_created(self) -> None:
        self.assertEqual(self.alerted(AlertTopicArn=TOPIC), (TOPIC, TOPIC))
        self.assertEqual(of_type(deploy(self.template, AlertTopicArn=TOPIC), "AWS::SNS::Topic"), {})

    def alerted(self, **parameters: str) -> tuple[object, object]:
        """Where the function publishes, and where it may."""
        function = self.properties("AWS::Lambda::Function", **parameters)
        role = self.properties("AWS::IAM::Role", **parameters)
        [policy] = role["Policies"]
        [publish] = [
            statement["Resource"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Action"] == ["sns:Publish", "sns:GetTopicAttributes"]
        ]
        return function["Environment"]["Variables"]["ALERT_TOPIC_ARN"], publish

    def test_an_email_address_is_subscribed_to_the_topic_of_the_stack(self) -> None:
        subscription = self.properties("AWS::SNS::Subscription", AlertEmail="security@example.com")
        self.assertEqual(
            subscription,
            {"TopicArn": {"Ref": "AlertTopic"}, "Protocol": "email", "Endpoint": "security@example.com"},
        )
        self.assertEqual(of_type(deploy(self.template), "AWS::SNS::Subscription"), {})

    def test_an_event_that_fails_is_tried_once_more(self) -> None:
        retries = self.properties("AWS::Lambda::EventInvokeConfig")
        self.assertEqual(retries["MaximumRetryAttempts"], 1)
        self.assertLessEqual(retries["MaximumEventAgeInSeconds"], 3600)

    def test_the_function_logs_to_its_log_group_which_forgets(self) -> None:
        function = self.properties("AWS::Lambda::Function")
        self.assertEqual(function["LoggingConfig"]["LogGroup"], {"Ref": "ConfigRuleFunctionLogGroup"})
        self.assertEqual(function["LoggingConfig"]["LogFormat"], "JSON")
        log_group = self.properties("AWS::Logs::LogGroup", LogRetentionInDays="30")
        self.assertEqual(log_group, {"RetentionInDays": "30"})

    def test_the_function_runs_as_it_was_built(self) -> None:
        for architecture in ["arm64", "x86_64"]:
            function = self.properties("AWS::Lambda::Function", Architecture=architecture)
            self.assertEqual(function["Architectures"], [architecture])
        self.assertEqual((function["Runtime"], function["Handler"]), ("provided.al2023", "bootstrap"))
        self.assertEqual(self.properties("AWS::Lambda::Function")["Architectures"], ["arm64"])

    def test_the_role_of_the_function_stands_in_the_template(self) -> None:
        roles = of_type(deploy(self.template), "AWS::IAM::Role")
        self.assertEqual(roles.keys(), of_type(self.template["Resources"], "AWS::IAM::Role").keys())
        function = self.properties("AWS::Lambda::Function")
        self.assertEqual(function["Role"], {"Fn::GetAtt": ["ConfigRuleFunctionRole", "Arn"]})


class AsWritten(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read()

    def test_every_function_names_a_binary_of_the_workspace(self) -> None:
        binaries = {
            re.search(r'^name = "(.+)"$', manifest.read_text(), re.MULTILINE)[1]
            for manifest in WORKSPACE.glob("functions/*/Cargo.toml")
        }
        functions = of_type(self.template["Resources"], "AWS::Serverless::Function")
        self.assertTrue(functions)
        for name, function in functions.items():
            self.assertEqual(function["Metadata"]["BuildMethod"], "rust-cargolambda", name)
            binary = function["Metadata"]["BuildProperties"]["Binary"]
            self.assertIn(binary, binaries, name)
            # built at the root, it would have the features of the command line as well
            self.assertEqual(function["Properties"]["CodeUri"], f"functions/{binary}")

    def test_every_check_that_is_skipped_says_why_in_the_template(self) -> None:
        self.assertEqual([*WORKSPACE.glob(".checkov.y*ml")], [])
        for name, resource in self.template["Resources"].items():
            for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
                self.assertGreaterEqual(len(skip.get("comment", "")), 15, f"{skip['id']} of {name}")


if __name__ == "__main__":
    unittest.main()
