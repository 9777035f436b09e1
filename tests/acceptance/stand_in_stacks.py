"""CloudFormation and S3 of the stand-in. `asked` is the request as the kit gave it to boto3."""

from __future__ import annotations

from datetime import timedelta

import yaml

from names import RULE, STACK
from stack import Loader
from stand_in_base import ACCOUNT_ID, DELETION_TAKES, FIRST_RUN_AFTER, REGION, STACK_TAKES, Held, Refused
from stand_in_template import Deployed


class Stacks(Held):
    """Stacks, and the bucket that their code comes from."""

    # CloudFormation

    def cloudformation_create_stack(self, asked: dict) -> dict:
        name = asked["StackName"]
        if name in self.stacks:
            raise Refused("AlreadyExistsException", f"Stack [{name}] already exists")
        body = asked.get("TemplateBody")
        if body is None:
            bucket, key = asked["TemplateURL"].split("/", 4)[3:]
            body = self.buckets[bucket]["objects"][key]
        parameters = {each["ParameterKey"]: each["ParameterValue"] for each in asked.get("Parameters", [])}
        template = yaml.load(body, Loader)
        try:
            deployed = Deployed(template, name, parameters, ACCOUNT_ID, REGION)
        except ValueError as error:
            raise Refused("ValidationError", str(error)) from None
        ready = self.world.time + timedelta(seconds=STACK_TAKES)
        self.stacks[name] = {"deployed": deployed, "tags": asked.get("Tags", []), "ready": ready, "deleted": None}
        for group in deployed.of_type("AWS::Logs::LogGroup"):
            self.log_groups[deployed.name(group)] = {"events": [], "tags": asked.get("Tags", []), "stack": name}
        for role in deployed.of_type("AWS::IAM::Role"):
            self.roles[deployed.name(role)] = {"path": "/", "stack": name}
        self.world.change(lambda state: self.deploy(state, name, deployed))
        return {"StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{name}/1"}

    def deploy(self, state: dict, stack: str, deployed: Deployed) -> None:
        """What a stack changes in local AWS: topics, rules, a denial."""
        for logical_id, topic in deployed.of_type("AWS::SNS::Topic").items():
            pending = len(topic.get("Subscription", []))
            counts = {"subscriptionsConfirmed": 0, "subscriptionsPending": pending}
            state["topics"].append({"topicArn": deployed.arn(logical_id)} | counts)
        for subscription in deployed.of_type("AWS::SNS::Subscription").values():
            for topic in state["topics"]:
                topic["subscriptionsConfirmed"] += topic["topicArn"] == subscription["TopicArn"]
        for rule in deployed.of_type("AWS::Config::ConfigRule").values():
            self.add_rule(state, rule["ConfigRuleName"])
            run = self.run_scheduled if rule["ConfigRuleName"] == RULE else self.run_probe
            self.world.later(STACK_TAKES + FIRST_RUN_AFTER, run)
        # local AWS evaluates no policies: of the denial this much is played
        statements = str(deployed.of_type("AWS::IAM::Role"))
        if "LeaveProtectedUsersAlone" in statements and self.has_denial:
            for operation in ("TagUser", "UpdateAccessKey", "DeleteAccessKey"):
                fault = {"operation": operation, "matching": "setupkey-acceptance-protected", "effect": "accessDenied"}
                state["behaviour"].setdefault("faults", []).append(fault)

    def stack(self, name: str) -> dict:
        found = self.stacks.get(name)
        if found is None or (found["deleted"] and found["deleted"] <= self.world.time):
            self.stacks.pop(name, None)
            raise Refused("ValidationError", f"Stack with id {name} does not exist")
        return found

    def cloudformation_describe_stacks(self, asked: dict) -> dict:
        found = self.stack(asked["StackName"])
        status = "CREATE_COMPLETE" if found["ready"] <= self.world.time else "CREATE_IN_PROGRESS"
        if found["deleted"]:
            status = "DELETE_IN_PROGRESS"
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in found["deployed"].outputs.items()]
        described = {"StackName": asked["StackName"], "StackStatus": status, "CreationTime": self.world.time}
        return {"Stacks": [described | {"Outputs": outputs, "Tags": found["tags"]}]}

    def cloudformation_describe_stack_events(self, asked: dict) -> dict:
        return {"StackEvents": []}

    def cloudformation_describe_stack_resources(self, asked: dict) -> dict:
        for name, stack in self.stacks.items():
            for logical_id, each in stack["deployed"].resources.items():
                if stack["deployed"].name(logical_id) == asked["PhysicalResourceId"]:
                    resource = {"LogicalResourceId": logical_id, "ResourceType": each["Type"]}
                    more = {"StackName": name, "Timestamp": self.world.time, "ResourceStatus": "CREATE_COMPLETE"}
                    return {"StackResources": [resource | more]}
        raise Refused("ValidationError", "Stack for the resource does not exist")

    def cloudformation_delete_stack(self, asked: dict) -> dict:
        found = self.stacks.get(asked["StackName"])
        if found is None or found["deleted"]:
            return {}
        if self.pack is not None and asked["StackName"] == STACK:
            self.pack["orphan"] = True
        found["deleted"] = self.world.time + timedelta(seconds=DELETION_TAKES)
        deployed = found["deployed"]
        keeps = {
            deployed.name(name)
            for name, each in deployed.template["Resources"].items()
            if each.get("DeletionPolicy") == "RetainExceptOnCreate" and found["ready"] <= self.world.time
        }
        for name in [name for name, group in self.log_groups.items() if group["stack"] == asked["StackName"]]:
            if name not in keeps:
                del self.log_groups[name]
        self.roles = {name: role for name, role in self.roles.items() if role["stack"] != asked["StackName"]}
        rules = {each["ConfigRuleName"] for each in deployed.of_type("AWS::Config::ConfigRule").values()}
        topics = {deployed.arn(name) for name in deployed.of_type("AWS::SNS::Topic")}
        self.world.change(lambda state: self.undeploy(state, rules, topics))
        return {}

    @staticmethod
    def undeploy(state: dict, rules: set[str], topics: set[str]) -> None:
        state["configRules"] = [rule for rule in state["configRules"] if rule["configRuleName"] not in rules]
        state["topics"] = [topic for topic in state["topics"] if topic["topicArn"] not in topics]
        state["behaviour"]["faults"] = []

    # S3

    def s3_create_bucket(self, asked: dict) -> dict:
        if asked["Bucket"] in self.buckets:
            raise Refused("BucketAlreadyOwnedByYou", status=409)
        self.buckets[asked["Bucket"]] = {"tags": [], "objects": {}}
        return {}

    def bucket(self, asked: dict) -> dict:
        if asked["Bucket"] not in self.buckets:
            raise Refused("404" if "Key" not in asked else "NoSuchBucket", status=404)
        return self.buckets[asked["Bucket"]]

    def s3_put_bucket_tagging(self, asked: dict) -> dict:
        self.bucket(asked)["tags"] = asked["Tagging"]["TagSet"]
        return {}

    def s3_put_object(self, asked: dict) -> dict:
        path = self.world.artifacts / asked["Key"].rsplit("/", 1)[1]
        self.bucket(asked)["objects"][asked["Key"]] = path.read_text() if path.suffix == ".yaml" else ""
        return {}

    def s3_head_bucket(self, asked: dict) -> dict:
        self.bucket(asked)
        return {}

    def s3_get_bucket_tagging(self, asked: dict) -> dict:
        tags = self.bucket(asked)["tags"]
        if not tags:
            raise Refused("NoSuchTagSet", status=404)
        return {"TagSet": tags}

    def s3_list_objects_v2(self, asked: dict) -> dict:
        return {"Contents": [{"Key": key} for key in self.bucket(asked)["objects"]], "IsTruncated": False}

    def s3_delete_object(self, asked: dict) -> dict:
        del self.bucket(asked)["objects"][asked["Key"]]
        return {}

    def s3_delete_bucket(self, asked: dict) -> dict:
        if self.bucket(asked)["objects"]:
            raise Refused("BucketNotEmpty", status=409)
        del self.buckets[asked["Bucket"]]
        return {}
