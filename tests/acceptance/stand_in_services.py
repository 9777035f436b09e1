"""The services of the stand-in that local AWS does not have. `asked` is the request as the kit gave it to boto3."""

from __future__ import annotations

import json

from names import RULE
from stand_in_base import ACCOUNT_ID, REGION, WORKSPACE, Refused
from stand_in_config import PACK_ID, Rules
from stand_in_stacks import Stacks
from stand_in_watch import Watch


class Services(Stacks, Watch, Rules):
    """All of them, with roles, functions and Security Hub."""

    def join_organization(self, topic: str) -> None:
        """What a StackSet and the pack of an organization bring into an account."""
        self.product_stack, self.rule_name = "StackSet-setupkey-1", f"{RULE}-{PACK_ID}"
        given = {
            "ArtifactBucketName": "artifacts-444455556666-us-east-1-an",
            "AlertTopicArn": topic,
            "ArtifactVersion": "1.0.0",
        }
        given |= {"ConfigRuleObjectVersion": "1", "RemediateObjectVersion": "1"}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        body = (WORKSPACE / "org/member.yaml").read_text()
        self.cloudformation_create_stack(
            {"StackName": self.product_stack, "TemplateBody": body, "Parameters": parameters}
        )
        pack = (WORKSPACE / "conformance-pack.yaml").read_text()
        named = {"ConformancePackName": "OrgConformsPack-setupkey-1"}
        self.config_put_conformance_pack(
            named | {"TemplateBody": pack, "ConformancePackInputParameters": [], "Tags": []}
        )
        self.world.change(lambda state: state["topics"].append({"topicArn": topic}))

    # IAM, Lambda, Security Hub

    def iam_simulate_principal_policy(self, asked: dict) -> dict:
        def result(name: str) -> dict:
            decision = {"EvalActionName": name, "EvalDecision": "explicitDeny" if name in self.denied else "allowed"}
            by_scp = self.denied.get(name, False)
            return decision | {"OrganizationsDecisionDetail": {"AllowedByOrganizations": not by_scp}}

        return {"EvaluationResults": [result(name) for name in asked["ActionNames"]], "IsTruncated": False}

    def iam_get_role(self, asked: dict) -> dict:
        # the role of the caller
        if asked["RoleName"] not in self.roles and asked["RoleName"] != "local":
            raise Refused("NoSuchEntity", status=404)
        path = self.roles.get(asked["RoleName"], {"path": "/"})["path"]
        return {"Role": self.role(asked["RoleName"], path)}

    def role(self, name: str, path: str) -> dict:
        arn = f"arn:aws:iam::{ACCOUNT_ID}:role{path}{name}"
        return {
            "RoleName": name,
            "Path": path,
            "Arn": arn,
            "RoleId": "AROAEXAMPLE0000000001",
            "CreateDate": self.world.time,
        }

    def iam_create_role(self, asked: dict) -> dict:
        raise Refused("InvalidInput", "the path is reserved")

    def iam_delete_role(self, asked: dict) -> dict:
        del self.roles[asked["RoleName"]]
        return {}

    def iam_list_roles(self, asked: dict) -> dict:
        roles = [
            self.role(name, role["path"])
            for name, role in self.roles.items()
            if role["path"].startswith(asked["PathPrefix"])
        ]
        return {"Roles": roles, "IsTruncated": False}

    def iam_get_policy(self, asked: dict) -> dict:
        return {"Policy": {"Arn": asked["PolicyArn"], "DefaultVersionId": "v1"}}

    def iam_get_policy_version(self, asked: dict) -> dict:
        actions = ["cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:List*", "cloudtrail:LookupEvents"]
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        # botocore reads the text into an object after this
        return {"PolicyVersion": {"VersionId": "v1", "Document": json.dumps({"Statement": [statement]})}}

    def lambda_get_function(self, asked: dict) -> dict:
        for stack in self.stacks.values():
            if stack["deleted"]:
                continue
            for function in stack["deployed"].of_type("AWS::Lambda::Function").values():
                if function.get("FunctionName") == asked["FunctionName"]:
                    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{asked['FunctionName']}"
                    logging = {"LogGroup": function["LoggingConfig"]["LogGroup"]}
                    return {
                        "Configuration": {
                            "FunctionName": asked["FunctionName"],
                            "FunctionArn": arn,
                            "LoggingConfig": logging,
                        }
                    }
        raise Refused("ResourceNotFoundException", status=404)

    def securityhub_describe_hub(self, asked: dict) -> dict:
        return {"HubArn": f"arn:aws:securityhub:{REGION}:{ACCOUNT_ID}:hub/default"}

    def securityhub_get_findings(self, asked: dict) -> dict:
        state = self.world.state()
        self.look_around(state)
        [resource], [title] = asked["Filters"]["ResourceId"], asked["Filters"]["Title"]
        arn = f"arn:aws:iam::{ACCOUNT_ID}:user"
        users = {user["userId"]: f"{arn}{user['path']}{user['userName']}" for user in state["users"]}
        rule = self.rule_name  # that of a pack beside it would evaluate the same users
        found = [
            compliance
            for (name, each), compliance in self.known_results.items()
            if name == rule and users.get(each) == resource["Value"]
        ]
        if not found:
            return {"Findings": []}
        status = {"NON_COMPLIANT": "FAILED", "COMPLIANT": "PASSED"}.get(found[0], "NOT_AVAILABLE")
        now = self.world.time.isoformat()
        finding = {
            "SchemaVersion": "2018-10-08", "Id": "finding", "ProductArn": "arn:aws:securityhub:config", "GeneratorId": "config",
            "AwsAccountId": ACCOUNT_ID, "CreatedAt": now, "UpdatedAt": now, "Title": title["Value"], "Description": "",
            "Resources": [{"Type": "AwsIamUser", "Id": resource["Value"]}], "Compliance": {"Status": status},
        }  # fmt: skip
        return {"Findings": [finding]}
