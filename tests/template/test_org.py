"""The templates of an organization: what each account gets, who may publish, who may read. Each mistake is planted."""

from __future__ import annotations

import copy
import re
import sys
import unittest

from deployed import TEMPLATE, TEMPLATES, WORKSPACE, of_type, read, refusals, section
from packs import PACKS

ORG = WORKSPACE / "org"
sys.path.insert(0, str(WORKSPACE / "release"))

from member import OF_THE_PACK, written  # noqa: E402
from pack import embedded  # noqa: E402

MEMBER = ORG / "member.yaml"
BUCKET = {"Ref": "ArtifactBucketName"}


def faults(member: dict) -> list[str]:
    """Why a service-managed StackSet refuses the template, or the pack does not work with it."""
    found = [f"`{name}`: service-managed StackSets take no macros" for name in ["Transform"] if name in member]
    for name, resource in member["Resources"].items():
        kind = resource["Type"]
        if kind.startswith("AWS::Serverless::"):
            found.append(f"`{name}` is a `{kind}`, which needs a macro")
        if kind in OF_THE_PACK:
            found.append(f"`{name}` is a `{kind}`, which the pack brings")
        if kind == "AWS::Lambda::Function":
            if resource["Properties"]["Code"].get("S3Bucket") != BUCKET:
                found.append(f"the code of `{name}` is not in the artifact bucket")
            version = resource["Properties"]["Code"].get("S3ObjectVersion", {}).get("Ref")
            if version not in member["Parameters"]:
                found.append(f"the code of `{name}` is whatever lies there")
            if not isinstance(resource["Properties"].get("FunctionName"), str):
                found.append(f"the pack cannot name `{name}`")
        if kind == "AWS::Lambda::Permission" and resource["Properties"]["Principal"] == "config.amazonaws.com":
            if resource["Properties"].get("SourceAccount") != {"Ref": "AWS::AccountId"}:
                found.append(f"`{name}` lets AWS Config of any account invoke the function")
    return found


class NoMacros(unittest.TestCase):
    def test_no_template_below_org_or_packs_has_a_transform(self) -> None:
        self.assertGreaterEqual(len(TEMPLATES), 6)
        for path in TEMPLATES:
            if path != TEMPLATE:
                self.assertNotIn("Transform", read(path), path.name)

    def test_every_pack_is_a_template_of_this_project(self) -> None:
        self.assertLessEqual(set(PACKS), set(TEMPLATES))


class Member(unittest.TestCase):
    def setUp(self) -> None:
        self.template, self.member = read(), read(MEMBER)

    def found(self, expected: str) -> None:
        self.assertIn(expected, faults(self.member))

    def test_it_is_what_the_script_makes_of_the_template(self) -> None:
        self.assertEqual(MEMBER.read_text(), written(self.template), "run `make member`")

    def test_a_change_of_the_template_is_found(self) -> None:
        changed = copy.deepcopy(self.template)
        changed["Resources"]["ConfigRuleFunction"]["Properties"]["MemorySize"] = 512
        self.assertNotEqual(MEMBER.read_text(), written(changed))

    def test_a_change_by_hand_is_found(self) -> None:
        self.assertNotEqual(MEMBER.read_text().replace("900", "300", 1), written(self.template))

    def test_a_stackset_accepts_it_and_the_pack_works_with_it(self) -> None:
        self.assertEqual(faults(self.member), [])

    def test_it_has_all_of_the_template_but_what_the_pack_brings_and_one_account_needs(self) -> None:
        kinds = {"AWS::Serverless::Function": "AWS::Lambda::Function"}
        expected = {
            name: kinds.get(resource["Type"], resource["Type"])
            for name, resource in self.template["Resources"].items()
            if resource["Type"] not in OF_THE_PACK
        }
        left_out = expected.keys() - self.member["Resources"].keys()
        self.assertEqual(
            sorted(left_out), ["AlarmEmailSubscription", "AlarmTopic", "AlertEmailSubscription", "Dashboard"]
        )
        for name, resource in self.member["Resources"].items():
            if not name.endswith("EventInvokeConfig"):
                self.assertEqual(resource["Type"], expected[name], name)

    def test_it_alerts_the_central_topic_or_one_of_its_own(self) -> None:
        topic = "arn:aws:sns:us-east-1:111122223333:central"
        for given, expected in [("", {"Ref": "AlertTopic"}), (topic, topic)]:
            values = {"AlertTopicArn": given}
            resources = section(self.member, "Resources", values)
            function = resources["ConfigRuleFunction"]["Properties"]
            self.assertEqual(function["Environment"]["Variables"]["ALERT_TOPIC_ARN"], expected)
            self.assertEqual("AlertTopic" in resources, not given)

    def test_nothing_refers_to_what_was_left_out(self) -> None:
        text = MEMBER.read_text()
        for name in ["AlertEmail", "AlarmEmail", "EvaluateOnChange", "CreateDashboard", "SamResourceId"]:
            self.assertNotIn(name, text)

    def test_a_transform_is_found(self) -> None:
        self.member["Transform"] = "AWS::Serverless-2016-10-31"
        self.found("`Transform`: service-managed StackSets take no macros")

    def test_a_serverless_function_is_found(self) -> None:
        self.member["Resources"]["ConfigRuleFunction"]["Type"] = "AWS::Serverless::Function"
        self.found("`ConfigRuleFunction` is a `AWS::Serverless::Function`, which needs a macro")

    def test_a_config_rule_is_found(self) -> None:
        [rule] = of_type(self.template["Resources"], "AWS::Config::ConfigRule").values()
        self.member["Resources"]["ConfigRule"] = rule
        self.found("`ConfigRule` is a `AWS::Config::ConfigRule`, which the pack brings")

    def test_a_literal_bucket_is_found(self) -> None:
        self.member["Resources"]["ConfigRuleFunction"]["Properties"]["Code"]["S3Bucket"] = "artifacts"
        self.found("the code of `ConfigRuleFunction` is not in the artifact bucket")

    def test_code_without_a_version_of_its_object_is_found(self) -> None:
        del self.member["Resources"]["RemediateFunction"]["Properties"]["Code"]["S3ObjectVersion"]
        self.found("the code of `RemediateFunction` is whatever lies there")

    def test_each_function_has_an_object_version_of_its_own(self) -> None:
        codes = [
            function["Properties"]["Code"] for function in of_type(self.member["Resources"], "AWS::Lambda::Function").values()
        ]
        self.assertEqual(
            sorted((code["S3Key"]["Fn::Sub"].rpartition("/")[2], code["S3ObjectVersion"]["Ref"]) for code in codes),
            [("config-rule.zip", "ConfigRuleObjectVersion"), ("remediate.zip", "RemediateObjectVersion")],
        )
        for name in ["ConfigRuleObjectVersion", "RemediateObjectVersion"]:
            pattern = re.compile(self.member["Parameters"][name]["AllowedPattern"])
            self.assertTrue(pattern.fullmatch("3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY_-"))
            self.assertFalse(pattern.fullmatch("null"), "what a bucket without versions has")

    def test_a_permission_for_every_account_is_found(self) -> None:
        del self.member["Resources"]["ConfigRulePermission"]["Properties"]["SourceAccount"]
        self.found("`ConfigRulePermission` lets AWS Config of any account invoke the function")

    def test_a_function_without_a_name_is_found(self) -> None:
        del self.member["Resources"]["ConfigRuleFunction"]["Properties"]["FunctionName"]
        self.found("the pack cannot name `ConfigRuleFunction`")


class StackSet(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read(ORG / "stackset.yaml")

    def deployed(self, **values: object) -> dict:
        values = {"ExcludedAccounts": [], "OrganizationalUnitIds": ["r-abcd"]} | values
        # Fn::Join of the list, which CloudFormation resolves
        excluded = "".join(values["ExcludedAccounts"])
        template = copy.deepcopy(self.template)
        template["Conditions"]["ExcludeAccounts"] = {"Fn::Not": [{"Fn::Equals": [excluded, ""]}]}
        return section(template, "Resources", values)["StackSet"]["Properties"]

    def test_it_is_managed_by_the_service_and_deploys_to_accounts_that_join(self) -> None:
        stack_set = self.deployed()
        self.assertEqual(stack_set["PermissionModel"], "SERVICE_MANAGED")
        self.assertEqual(stack_set["AutoDeployment"], {"Enabled": True, "RetainStacksOnAccountRemoval": False})

    def test_it_may_make_the_roles_whose_names_others_know(self) -> None:
        names = [
            role["Properties"]["RoleName"]
            for role in of_type(read(MEMBER)["Resources"], "AWS::IAM::Role").values()
            if "RoleName" in role["Properties"]
        ]
        self.assertEqual(
            sorted(names), ["setupkey-config-rule", "setupkey-remediate", "setupkey-remediate-automation"]
        )
        self.assertEqual(self.deployed()["Capabilities"], ["CAPABILITY_NAMED_IAM"])

    def test_it_deploys_to_one_region_the_one_that_it_is_in(self) -> None:
        [group] = self.deployed()["StackInstancesGroup"]
        self.assertEqual(group["Regions"], [{"Ref": "AWS::Region"}])

    def test_accounts_can_be_left_out(self) -> None:
        [group] = self.deployed()["StackInstancesGroup"]
        self.assertEqual(group["DeploymentTargets"], {"OrganizationalUnitIds": ["r-abcd"]})
        [group] = self.deployed(ExcludedAccounts=["111122223333"])["StackInstancesGroup"]
        self.assertEqual(
            group["DeploymentTargets"],
            {
                "OrganizationalUnitIds": ["r-abcd"],
                "AccountFilterType": "DIFFERENCE",
                "Accounts": ["111122223333"],
            },
        )

    def test_it_gives_the_accounts_parameters_that_they_have(self) -> None:
        given = {each["ParameterKey"]: each["ParameterValue"] for each in self.deployed()["Parameters"]}
        has = read(MEMBER)["Parameters"]
        # a key of one account encrypts nothing in another
        self.assertEqual(has.keys() - given.keys(), {"KmsKeyArn"})
        self.assertEqual(given.keys() - has.keys(), set())
        for name in given:
            self.assertIn(name, self.template["Parameters"])

    def test_parameters_of_the_same_name_are_the_same(self) -> None:
        has = read(MEMBER)["Parameters"]
        # what is optional in one account alone has to be there for many
        for name in has.keys() - {"KmsKeyArn", "AlertTopicArn", "AlertTopicKmsKeyArn"}:
            for what in ["Type", "Default", "AllowedValues", "AllowedPattern", "MinValue", "MaxValue"]:
                self.assertEqual(self.template["Parameters"][name].get(what), has[name].get(what), name)


class OrganizationPack(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read(ORG / "organization-conformance-pack.yaml")
        self.pack = read(WORKSPACE / "conformance-pack.yaml")
        self.given = self.template["Resources"]["ConformancePack"]["Properties"]

    def test_its_body_is_the_pack_and_comes_from_no_bucket(self) -> None:
        self.assertEqual(
            self.given["TemplateBody"], (WORKSPACE / "conformance-pack.yaml").read_text(), "run `make member`"
        )
        # PutOrganizationConformancePack
        self.assertLessEqual(len(self.given["TemplateBody"].encode()), 51_200)
        self.assertFalse({"TemplateS3Uri", "DeliveryS3Bucket"} & self.given.keys())
        text = (ORG / "organization-conformance-pack.yaml").read_text()
        self.assertEqual(embedded(text, (WORKSPACE / "conformance-pack.yaml").read_text()), text)

    def test_automatic_remediation_needs_notice_and_for_all_users_insistence(self) -> None:
        for days, refused in [("", 1), ("0", 1), ("1", 0)]:
            given = {"AutomaticRemediation": "true", "MinimumNoticeDays": days}
            self.assertEqual(len(refusals(self.template, "us-east-1", **given)), refused, days)
        self.assertEqual(refusals(self.template, "us-east-1"), [])
        given = {"AutomaticRemediation": "true", "MinimumNoticeDays": "1", "Scope": "all-users"}
        self.assertEqual(len(refusals(self.template, "us-east-1", **given)), 1)
        given["AllowAutomaticRemediationOfAllUsers"] = "true"
        self.assertEqual(refusals(self.template, "us-east-1", **given), [])

    def test_it_gives_the_pack_all_of_its_parameters_with_the_same_defaults(self) -> None:
        given = {
            each["ParameterName"]: each["ParameterValue"] for each in self.given["ConformancePackInputParameters"]
        }
        self.assertEqual(given, {name: {"Ref": name} for name in self.pack["Parameters"]})
        for name, parameter in self.pack["Parameters"].items():
            self.assertEqual(str(self.template["Parameters"][name]["Default"]), parameter["Default"], name)

    def test_it_accepts_what_the_template_of_one_account_accepts(self) -> None:
        own = read()["Parameters"]
        # here it may be empty, for what the StackSet has
        pattern = own["MinimumNoticeDays"]["AllowedPattern"]
        self.assertEqual(self.template["Parameters"]["MinimumNoticeDays"]["AllowedPattern"], f"{pattern[:-1]}?$")
        for name in self.pack["Parameters"].keys() - {"MinimumNoticeDays"}:
            ours, theirs = dict(self.template["Parameters"][name]), dict(own[name])
            ours.pop("Description"), theirs.pop("Description")
            self.assertEqual(ours, theirs, name)

    def test_it_refuses_the_regions_that_the_template_of_one_account_refuses(self) -> None:
        self.assertEqual(self.template["Rules"]["RegionRecordsUsers"], read()["Rules"]["RegionRecordsUsers"])


class Artifacts(unittest.TestCase):
    def test_template_and_code_of_an_account_are_objects_of_one_folder_by_their_version(self) -> None:
        url = read(ORG / "stackset.yaml")["Resources"]["StackSet"]["Properties"]["TemplateURL"]["Fn::Sub"]
        folder = "/setupkey/${ArtifactVersion}/"
        self.assertEqual(
            url,
            "https://${ArtifactBucketName}.s3.${AWS::Region}.${AWS::URLSuffix}"
            + f"{folder}member.yaml?versionId=${{MemberTemplateObjectVersion}}",
        )
        for function in of_type(read(MEMBER)["Resources"], "AWS::Lambda::Function").values():
            key = function["Properties"]["Code"]["S3Key"]["Fn::Sub"]
            self.assertTrue(f"/{key}".startswith(folder), key)

    def test_the_bucket_is_one_that_no_other_account_can_have(self) -> None:
        for path in [MEMBER, ORG / "stackset.yaml"]:
            pattern = re.compile(read(path)["Parameters"]["ArtifactBucketName"]["AllowedPattern"])
            self.assertTrue(pattern.fullmatch("setupkey-111122223333-us-east-1-an"), path.name)
            for refused in ["setupkey-us-east-1", "setupkey-111122223333-us-east-1", "setupkey"]:
                self.assertFalse(pattern.fullmatch(refused), path.name)


class Central(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read(ORG / "central.yaml")

    def statement(self, resource: str, sid: str) -> dict:
        properties = self.template["Resources"][resource]["Properties"]
        document = properties.get("PolicyDocument") or properties["KeyPolicy"]
        [statement] = [each for each in document["Statement"] if each["Sid"] == sid]
        return statement

    def test_the_two_functions_of_the_organization_and_nobody_else_publish_alerts(self) -> None:
        statement = self.statement("AlertTopicPolicy", "OrganizationPublishes")
        self.assertEqual(statement["Action"], ["sns:Publish", "sns:GetTopicAttributes"])
        roles = [
            read(MEMBER)["Resources"][name]["Properties"]["RoleName"]
            for name in ["ConfigRuleFunctionRole", "RemediateFunctionRole"]
        ]
        of_functions = {"aws:PrincipalArn": [{"Fn::Sub": f"arn:${{AWS::Partition}}:iam::*:role/{name}"} for name in roles]}
        self.assertEqual(
            statement["Condition"],
            {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}, "ArnLike": of_functions},
        )
        self.assertEqual(self.statement("TopicKey", "OrganizationPublishes")["Condition"]["ArnLike"], of_functions)
        [policy] = [
            resource["Properties"]
            for resource in of_type(self.template["Resources"], "AWS::SNS::TopicPolicy").values()
            if resource["Properties"]["Topics"] == [{"Ref": "AlertTopic"}]
        ]
        self.assertEqual(len(policy["PolicyDocument"]["Statement"]), 1)

    def test_the_organization_reads_what_is_published_and_nothing_else_in_the_bucket(self) -> None:
        statement = self.statement("ArtifactBucketPolicy", "OrganizationReads")
        self.assertEqual(statement["Action"], ["s3:GetObject", "s3:GetObjectVersion"])
        self.assertEqual(statement["Resource"], {"Fn::Sub": "${ArtifactBucket.Arn}/setupkey/*"})
        self.assertEqual(
            statement["Condition"], {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}}
        )

    def test_whoever_is_let_in_without_a_name_is_of_the_organization(self) -> None:
        for name, resource in self.template["Resources"].items():
            properties = resource["Properties"]
            document = properties.get("PolicyDocument") or properties.get("KeyPolicy") or {"Statement": []}
            for statement in document["Statement"]:
                if statement["Effect"] == "Allow" and statement["Principal"] == {"AWS": "*"}:
                    keys = statement["Condition"]["StringEquals"]
                    self.assertEqual(keys["aws:PrincipalOrgID"], {"Ref": "OrganizationId"}, name)
                if "Service" in statement["Principal"]:
                    keys = statement["Condition"]["StringEquals"]
                    self.assertEqual(keys["aws:SourceOrgID"], {"Ref": "OrganizationId"}, name)

    def test_the_key_of_the_topics_is_used_through_sns_only(self) -> None:
        statement = self.statement("TopicKey", "OrganizationPublishes")
        self.assertEqual(
            statement["Condition"]["StringEquals"]["kms:ViaService"], {"Fn::Sub": "sns.${AWS::Region}.${AWS::URLSuffix}"}
        )
        for topic in of_type(self.template["Resources"], "AWS::SNS::Topic").values():
            self.assertEqual(topic["Properties"]["KmsMasterKeyId"], {"Fn::GetAtt": ["TopicKey", "Arn"]})

    def test_the_bucket_is_of_this_account_for_ever_and_not_public(self) -> None:
        bucket = self.template["Resources"]["ArtifactBucket"]["Properties"]
        self.assertEqual(bucket["BucketNamespace"], "account-regional")
        self.assertEqual(bucket["BucketNamePrefix"], {"Ref": "ArtifactBucketPrefix"})
        self.assertEqual(set(bucket["PublicAccessBlockConfiguration"].values()), {True})
        # prefix-111122223333-ap-southeast-3-an, and names of buckets have 63 characters
        longest = self.template["Parameters"]["ArtifactBucketPrefix"]["MaxLength"]
        self.assertLessEqual(longest + len("-111122223333-ap-southeast-3-an"), 63)

    def test_one_build_role_writes(self) -> None:
        build = {"Ref": "BuildRoleArn"}
        allow = self.statement("ArtifactBucketPolicy", "BuildWrites")
        self.assertEqual((allow["Principal"], allow["Action"]), ({"AWS": build}, "s3:PutObject"))
        deny = self.statement("ArtifactBucketPolicy", "NobodyElseWrites")
        self.assertEqual((deny["Effect"], deny["Principal"]), ("Deny", {"AWS": "*"}))
        self.assertIn("s3:PutObject*", deny["Action"])
        self.assertEqual(deny["Resource"], {"Fn::Sub": "${ArtifactBucket.Arn}/*"})
        self.assertEqual(deny["Condition"], {"ArnNotEquals": {"aws:PrincipalArn": build}})

    def test_nobody_overwrites_or_deletes_not_even_the_build_role(self) -> None:
        deny = self.statement("ArtifactBucketPolicy", "NobodyOverwrites")
        self.assertEqual((deny["Effect"], deny["Principal"]), ("Deny", {"AWS": "*"}))
        self.assertEqual((deny["Action"], deny["Resource"]), ("s3:PutObject", {"Fn::Sub": "${ArtifactBucket.Arn}/*"}))
        # a write with the header If-None-Match fails where there is an object; the parts of an upload take no header
        self.assertEqual(
            deny["Condition"],
            {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
        )
        deny = self.statement("ArtifactBucketPolicy", "NobodyDeletes")
        self.assertEqual((deny["Effect"], deny["Principal"]), ("Deny", {"AWS": "*"}))
        self.assertLessEqual({"s3:DeleteObject*", "s3:PutLifecycleConfiguration"}, set(deny["Action"]))
        self.assertNotIn("Condition", deny)

    def test_it_tells_what_the_stackset_asks_for(self) -> None:
        asked = read(ORG / "stackset.yaml")["Parameters"]
        for name in ["ArtifactBucketName", "AlertTopicArn", "AlertTopicKmsKeyArn", "AlarmTopicArn"]:
            self.assertIn(name, self.template["Outputs"])
            self.assertIn(name, asked)


if __name__ == "__main__":
    unittest.main()
