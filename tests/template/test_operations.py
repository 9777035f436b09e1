"""What an operator sees: alarms, dashboard, links; and what he may choose: keys, concurrency, region."""

from __future__ import annotations

import re
import unittest

from alarm import rings
from deployed import WORKSPACE, deploy, of_type, outputs, read, refusals
from metrics_line import operations_called, operations_shown, source, unknown, unwatched, widgets

TOPIC = "arn:aws:sns:us-east-1:111122223333:operations"
KEY = "arn:aws:kms:us-east-1:111122223333:key/0a1b"
HOURS = {"One_Hour": 1, "Three_Hours": 3, "Six_Hours": 6, "Twelve_Hours": 12, "TwentyFour_Hours": 24}
RECORDS_NO_USERS = {
    "ap-east-2": "Taipei",
    "ap-south-2": "Hyderabad",
    "ap-southeast-4": "Melbourne",
    "ap-southeast-5": "Malaysia",
    "ap-southeast-6": "New Zealand",
    "ap-southeast-7": "Thailand",
    "ca-west-1": "Calgary",
    "eu-central-2": "Zurich",
    "eu-south-2": "Spain",
    "eusc-de-east-1": "European Sovereign Cloud",
    "il-central-1": "Tel Aviv",
    "me-central-1": "UAE",
    "mx-central-1": "Mexico",
}


class Stack(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read()

    def alarm(self, name: str, **parameters: str) -> dict:
        return deploy(self.template, **parameters)[name]["Properties"]


class Alarms(Stack):
    def test_an_alarm_tells_that_a_run_failed(self) -> None:
        alarm = self.alarm("ErrorsAlarm")
        self.assertEqual((alarm["Namespace"], alarm["MetricName"]), ("AWS/Lambda", "Errors"))
        self.above_nothing(alarm, "Sum")

    def test_an_alarm_tells_that_either_function_is_throttled(self) -> None:
        for name, function in [
            ("ThrottlesAlarm", "ConfigRuleFunction"),
            ("RemediationThrottlesAlarm", "RemediateFunction"),
        ]:
            alarm = self.alarm(name)
            self.assertEqual((alarm["Namespace"], alarm["MetricName"]), ("AWS/Lambda", "Throttles"))
            self.assertEqual(alarm["Dimensions"], [{"Name": "FunctionName", "Value": {"Ref": function}}])
            self.above_nothing(alarm, "Sum")

    def test_an_alarm_tells_that_an_event_was_dropped(self) -> None:
        alarm = self.alarm("EventsDroppedAlarm")
        self.assertEqual((alarm["Namespace"], alarm["MetricName"]), ("AWS/Lambda", "AsyncEventsDropped"))
        self.assertEqual(alarm["Dimensions"], [{"Name": "FunctionName", "Value": {"Ref": "ConfigRuleFunction"}}])
        self.above_nothing(alarm, "Sum")

    def test_events_with_their_tokens_are_kept_nowhere(self) -> None:
        resources = deploy(self.template)
        self.assertEqual(of_type(resources, "AWS::SQS::Queue"), {})
        for function in of_type(resources, "AWS::Lambda::Function").values():
            self.assertNotIn("DeadLetterConfig", function["Properties"])
        for invocations in of_type(resources, "AWS::Lambda::EventInvokeConfig").values():
            self.assertFalse(invocations["Properties"].get("DestinationConfig"))

    def test_an_alarm_rings_when_exemptions_rise(self) -> None:
        for name, hours, expected in [
            ("the first", [0, 1], True),
            ("one more", [3, 3, 4], True),
            ("as many as before", [3, 3, 3], False),
            ("fewer", [3, 3, 2], False),
            ("none, as ever", [0, 0, 0], False),
            ("a run for the first time", [None, None, 5], False),
            ("a rise over hours without a run", [3, None, None, 4], True),
            ("hours without a run are no rise", [3, None, None, 3, None], False),
        ]:
            alarm = self.alarm("ExemptedAlarm", MaximumExecutionFrequency="One_Hour")
            self.assertEqual(rings(alarm, hours), expected, name)

    def test_a_rise_rings_until_the_next_run_whatever_the_schedule(self) -> None:
        for frequency, apart in HOURS.items():
            alarm = self.alarm("ExemptedAlarm", MaximumExecutionFrequency=frequency)
            quiet = [None] * (apart - 1)
            self.assertTrue(rings(alarm, [1, *quiet, 2, *quiet]), frequency)
            self.assertFalse(rings(alarm, [1, *quiet, 2, *quiet, 2, *quiet, None, None, None]), frequency)

    def test_an_alarm_rings_while_an_exemption_is_about_to_end(self) -> None:
        for frequency, apart in HOURS.items():
            alarm = self.alarm("ExemptionsEndingAlarm", MaximumExecutionFrequency=frequency)
            quiet = [None] * (apart - 1)
            self.assertFalse(rings(alarm, [0, *quiet, 0, *quiet]), frequency)
            self.assertTrue(rings(alarm, [0, *quiet, 1, *quiet]), f"{frequency}: between two runs as well")
            self.assertFalse(rings(alarm, [1, *quiet, 0, *quiet, None, None, None]), frequency)

    def test_alarms_about_exemptions_work_in_a_pack(self) -> None:
        # a pack adds to the name of the rule, so that no alarm can have it as its dimension
        by_function = [{"Name": "FunctionName", "Value": {"Ref": "ConfigRuleFunction"}}]
        self.assertEqual(self.alarm("ExemptionsEndingAlarm")["Dimensions"], by_function)
        [metric] = [each["MetricStat"] for each in self.alarm("ExemptedAlarm")["Metrics"] if "MetricStat" in each]
        self.assertEqual((metric["Metric"]["Dimensions"], metric["Stat"]), (by_function, "Maximum"))

    def above_nothing(self, alarm: dict, statistic: str) -> None:
        self.assertEqual(alarm["Statistic"], statistic)
        self.assertEqual((alarm["Threshold"], alarm["ComparisonOperator"]), (0, "GreaterThanThreshold"))
        self.assertEqual(alarm["TreatMissingData"], "notBreaching")

    def test_an_alarm_tells_that_the_rule_has_not_run_for_longer_than_its_schedule(self) -> None:
        for frequency, hours in HOURS.items():
            alarm = self.alarm("HasNotRunAlarm", MaximumExecutionFrequency=frequency)
            self.assertEqual((alarm["Statistic"], alarm["Threshold"]), ("Sum", 1))
            self.assertEqual(alarm["ComparisonOperator"], "LessThanThreshold")
            self.assertEqual(alarm["TreatMissingData"], "breaching", "what is not there tells")
            looked_at = alarm["Period"] * alarm["EvaluationPeriods"]
            self.assertEqual(looked_at, (hours + 2) * 3600, frequency)
            self.assertNotIn("DatapointsToAlarm", alarm, "every hour has to be empty")
            # CloudWatch API Reference, PutMetricAlarm: a day at most, a week with periods of an hour or more
            self.assertLessEqual(looked_at, 604800 if alarm["Period"] >= 3600 else 86400)

    def test_the_frequencies_are_those_of_the_template(self) -> None:
        declared = self.template["Parameters"]["MaximumExecutionFrequency"]["AllowedValues"]
        self.assertEqual(declared, list(HOURS))

    def test_alarms_notify_the_topic_that_is_given_or_made_or_nobody(self) -> None:
        for parameters, expected in [
            ({}, []),
            ({"AlarmTopicArn": TOPIC}, [TOPIC]),
            ({"AlarmEmail": "operations@example.com"}, [{"Ref": "AlarmTopic"}]),
        ]:
            resources = deploy(self.template, **parameters)
            alarms = of_type(resources, "AWS::CloudWatch::Alarm")
            for name, alarm in alarms.items():
                self.assertEqual(alarm["Properties"]["AlarmActions"], expected, name)
            self.assertEqual("AlarmTopic" in resources, parameters.keys() == {"AlarmEmail"})
            self.assertEqual("AlarmEmailSubscription" in resources, parameters.keys() == {"AlarmEmail"})

    def test_the_topic_of_the_alarms_is_one_that_cloudwatch_can_publish_to(self) -> None:
        address = {"AlarmEmail": "operations@example.com"}
        topic = deploy(self.template, **address)["AlarmTopic"]["Properties"]
        self.assertNotIn("KmsMasterKeyId", topic, "CloudWatch cannot use alias/aws/sns")
        topic = deploy(self.template, **address, KmsKeyArn=KEY)["AlarmTopic"]["Properties"]
        self.assertEqual(topic["KmsMasterKeyId"], KEY)

    def test_the_page_tells_what_to_do_about_each_alarm(self) -> None:
        page = (WORKSPACE / "docs/operate.md").read_text()
        for name in of_type(self.template["Resources"], "AWS::CloudWatch::Alarm"):
            self.assertIn(f"| `{name}` |", page)


class Metrics(Stack):
    def found(self, expected: str) -> None:
        self.assertTrue(any(expected in each for each in unknown(self.template, source())))

    def test_alarms_and_dashboard_watch_what_the_function_publishes(self) -> None:
        self.assertEqual(unknown(self.template, source()), [])

    def test_everything_that_the_function_publishes_is_watched(self) -> None:
        self.assertEqual(unwatched(self.template, source()), [])

    def test_a_metric_renamed_in_the_code_is_found(self) -> None:
        renamed = source().replace('"InScope"', '"UsersInScope"')
        self.assertIn(
            "`InScope` by `Rule` in Users is no metric of the function", unknown(self.template, renamed)
        )

    def test_a_metric_misspelt_in_the_dashboard_is_found(self) -> None:
        body = self.template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
        body["Fn::Sub"] = body["Fn::Sub"].replace('"Flagged"', '"NonCompliant"')
        self.found("`NonCompliant` by `Rule` in Users")

    def test_an_alarm_on_another_dimension_is_found(self) -> None:
        alarm = self.template["Resources"]["HasNotRunAlarm"]["Properties"]
        alarm["Dimensions"][0]["Name"] = "Rule"
        self.found("`ScheduledRuns` by `Rule` in HasNotRunAlarm")

    def test_another_namespace_is_found(self) -> None:
        self.template["Resources"]["HasNotRunAlarm"]["Properties"]["Namespace"] = "Setupkey"
        self.found("`ScheduledRuns` by `FunctionName` in HasNotRunAlarm")


class Dashboard(Stack):
    def test_it_shows_the_calls_of_every_operation(self) -> None:
        self.assertEqual(operations_shown(self.template), operations_called(self.template))

    def test_it_shows_all_alarms(self) -> None:
        [alarms] = [widget for _, widget in widgets(self.template) if widget["type"] == "alarm"]
        self.assertEqual(
            sorted(alarms["properties"]["alarms"]),
            sorted(
                f"${{{name}.Arn}}" for name in of_type(self.template["Resources"], "AWS::CloudWatch::Alarm")
            ),
        )

    def test_it_names_what_the_stack_has(self) -> None:
        body = self.template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        for name in re.findall(r"\$\{(\w+)(?:\.Arn)?\}", body):
            self.assertIn(name, self.template["Resources"])

    def test_no_widget_lies_on_another(self) -> None:
        taken: set[tuple[int, int]] = set()
        for title, widget in widgets(self.template):
            cells = {
                (x, y)
                for x in range(widget["x"], widget["x"] + widget["width"])
                for y in range(widget["y"], widget["y"] + widget["height"])
            }
            self.assertFalse(cells & taken, title)
            self.assertLessEqual(widget["x"] + widget["width"], 24, title)
            taken |= cells

    def test_it_is_made_unless_it_is_not_wanted(self) -> None:
        self.assertNotIn("Dashboard", deploy(self.template, CreateDashboard="false"))


class Choices(Stack):
    def test_a_key_encrypts_all_that_is_kept(self) -> None:
        for key in ["", KEY]:
            resources = deploy(self.template, KmsKeyArn=key)
            expected = key or None
            properties = {name: resource["Properties"] for name, resource in resources.items()}
            for function in ["ConfigRuleFunction", "RemediateFunction"]:
                self.assertEqual(properties[function].get("KmsKeyArn"), expected)
                self.assertEqual(properties[f"{function}LogGroup"].get("KmsKeyId"), expected)
            self.assertEqual(properties["AlertTopic"]["KmsMasterKeyId"], key or "alias/aws/sns")

    def test_the_function_may_use_the_key_that_is_given_and_no_other(self) -> None:
        self.assertEqual(of_type(deploy(self.template), "AWS::IAM::Policy"), {})
        other = KEY.replace("0a1b", "2c3d")
        for given, keys in [
            ({"KmsKeyArn": KEY}, [KEY]),
            ({"AlertTopicKmsKeyArn": other}, [other]),
            ({"KmsKeyArn": KEY, "AlertTopicKmsKeyArn": other}, [KEY, other]),
        ]:
            [policy] = of_type(deploy(self.template, **given), "AWS::IAM::Policy").values()
            [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
            roles = [{"Ref": "ConfigRuleFunctionRole"}, {"Ref": "RemediateFunctionRole"}]
            self.assertEqual(policy["Properties"]["Roles"], roles)
            self.assertEqual(statement["Action"], ["kms:Decrypt", "kms:GenerateDataKey"])
            self.assertEqual(statement["Resource"], keys)
            # in the name of the function, never by it
            via = [{"Fn::Sub": f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"} for service in ["lambda", "sns"]]
            self.assertEqual(statement["Condition"], {"StringEquals": {"kms:ViaService": via}})

    def test_concurrency_is_reserved_where_it_is_asked_for(self) -> None:
        for given, expected in [("", None), ("2", "2")]:
            function = deploy(self.template, ReservedConcurrentExecutions=given)["ConfigRuleFunction"]
            self.assertEqual(function["Properties"].get("ReservedConcurrentExecutions"), expected)

    def test_a_region_that_cannot_record_users_is_refused(self) -> None:
        for region in RECORDS_NO_USERS:
            self.assertEqual(len(refusals(self.template, region)), 1, region)
        [contains] = self.template["Rules"]["RegionRecordsUsers"]["Assertions"][0]["Assert"]["Fn::Not"]
        self.assertEqual(contains["Fn::Contains"][0], list(RECORDS_NO_USERS))
        page = (WORKSPACE / "docs/deploy.md").read_text()
        self.assertEqual([name for name in RECORDS_NO_USERS.values() if name not in page], [])
        for region in ["us-east-1", "eu-west-1", "ap-southeast-3", "us-gov-west-1", "cn-north-1"]:
            self.assertEqual(refusals(self.template, region), [], region)

    def test_a_schedule_alone_needs_no_recording(self) -> None:
        self.assertEqual(refusals(self.template, "me-central-1", EvaluateOnChange="false"), [])

    def test_an_address_and_a_topic_are_refused(self) -> None:
        for kind in ["Alert", "Alarm"]:
            given = {f"{kind}Email": "security@example.com", f"{kind}TopicArn": TOPIC}
            self.assertEqual(len(refusals(self.template, "us-east-1", **given)), 1, kind)


    def test_automatic_remediation_without_notice_is_refused(self) -> None:
        for days, refused in [("0", 1), ("1", 0), ("365", 0)]:
            given = {"AutomaticRemediation": "true", "MinimumNoticeDays": days}
            self.assertEqual(len(refusals(self.template, "us-east-1", **given)), refused, days)
        self.assertEqual(refusals(self.template, "us-east-1", MinimumNoticeDays="0"), [])

    def test_zero_days_of_notice_are_written_in_one_way(self) -> None:
        # `00`, which the rule about automatic remediation would not know, is no value of the parameter
        pattern = re.compile(self.template["Parameters"]["MinimumNoticeDays"]["AllowedPattern"])
        for accepted in ["0", "1", "9", "10", "99", "100", "299", "365"]:
            self.assertTrue(pattern.fullmatch(accepted), accepted)
        for refused in ["", "00", "0.0", "-0", "+1", "01", "366", "400", "1000", "1 "]:
            self.assertFalse(pattern.fullmatch(refused), refused)

    def test_automatic_remediation_of_all_users_is_refused_unless_it_is_insisted_on(self) -> None:
        given = {"AutomaticRemediation": "true", "MinimumNoticeDays": "1", "Scope": "all-users"}
        [refusal] = refusals(self.template, "us-east-1", **given)
        self.assertIn("SES", refusal)
        insisted = {"AllowAutomaticRemediationOfAllUsers": "true"}
        self.assertEqual(refusals(self.template, "us-east-1", **given, **insisted), [])
        by_hand = {**given, "AutomaticRemediation": "false"}
        self.assertEqual(refusals(self.template, "us-east-1", **by_hand), [])

    def test_code_that_the_profile_did_not_sign_is_refused_where_there_is_a_profile(self) -> None:
        profile = "arn:aws:signer:us-east-1:111122223333:/signing-profiles/setupkey/E1WG1ZNPRX"
        resources = deploy(self.template, SigningProfileVersionArn=profile)
        config = resources["CodeSigningConfig"]["Properties"]
        self.assertEqual(config["AllowedPublishers"], {"SigningProfileVersionArns": [profile]})
        self.assertEqual(config["CodeSigningPolicies"], {"UntrustedArtifactOnDeployment": "Enforce"})
        for function in of_type(resources, "AWS::Lambda::Function").values():
            self.assertEqual(function["Properties"]["CodeSigningConfigArn"], {"Ref": "CodeSigningConfig"})
        for function in of_type(deploy(self.template), "AWS::Lambda::Function").values():
            self.assertNotIn("CodeSigningConfigArn", function["Properties"])


class Links(Stack):
    def test_links_lead_to_the_console_of_the_partition(self) -> None:
        for region, console in [
            ("us-east-1", "console.aws.amazon.com"),
            ("ca-central-1", "console.aws.amazon.com"),
            ("us-gov-west-1", "console.amazonaws-us-gov.com"),
            ("cn-north-1", "console.amazonaws.cn"),
            ("cn-northwest-1", "console.amazonaws.cn"),
        ]:
            links = {
                name: value
                for name, value in outputs(self.template, region).items()
                if name.endswith("Console")
            }
            self.assertEqual(
                sorted(links),
                [
                    "AlarmsConsole", "ConfigRuleConsole", "DashboardConsole", "FunctionConsole", "LogGroupConsole",
                ],
            )  # fmt: skip
            for name, link in links.items():
                text, given = link["Fn::Sub"]
                self.assertTrue(text.startswith("https://${Console}/"), name)
                self.assertIn("?region=${AWS::Region}#", text, name)
                self.assertEqual(given, {"Console": console}, name)


if __name__ == "__main__":
    unittest.main()
