"""The services of the stand-in that local AWS does not have. `asked` is the request as the kit gave it to boto3."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import yaml

from names import DOCUMENT, KIT_STACK, PACK, PROBE_RULE, RULE, STACK
from stack import Loader
from stand_in_template import Deployed

if TYPE_CHECKING:
    from stand_in import StandIn

# How long AWS takes here, in seconds.
STACK_TAKES, FIRST_RUN_AFTER, CHANGE_AFTER, AUTOMATIC_AFTER, DELETION_TAKES = 120, 20, 180, 90, 60


class Services:
    """The services, with what each of them holds."""

    def __init__(self, world: StandIn) -> None:
        self.world = world
        self.stacks: dict[str, dict] = {}
        self.buckets: dict[str, dict] = {}
        self.log_groups: dict[str, dict] = {}
        self.queue: list[str] = []
        self.delivered: dict[str, int] = {}
        self.tokens: dict[str, str] = {}
        self.functions_failed: set[str] = set()
        self.automations: dict[str, dict] = {}
        self.remediations: dict[tuple[str, str], str] = {}
        self.exceptions: list[dict] = []
        self.attempted: dict[str, int] = {}
        self.pack: dict | None = None
        self.roles: dict[str, dict] = {}
        self.known_users: dict[str, str] = {}
        self.known_results: dict[tuple[str, str], str] = {}
        self.recorder = {
            "name": "default",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
            "recordingMode": {"recordingFrequency": "CONTINUOUS"},
        }
        self.denied: dict[str, bool] = {}
        # the stack that has the functions, and the rule as deployed
        self.product_stack, self.rule_name = STACK, RULE
        # tests: what AWS fails to do by itself
        self.skips_runs = 0
        self.has_change_events = True
        self.has_compliance_events = True
        self.has_denial = True
        self.messages: list[Callable[[dict], bool | None]] = []

    # what AWS does by itself

    def look_around(self, state: dict) -> None:
        """Sees what changed: users become change events, results become events of EventBridge."""
        users = {user["userId"]: user for user in state["users"]}
        shown = {user_id: json.dumps([user["path"], user["tags"]]) for user_id, user in users.items()}
        for user_id in shown.keys() | self.known_users.keys():
            if shown.get(user_id) != self.known_users.get(user_id):
                self.world.later(CHANGE_AFTER, lambda user_id=user_id: self.user_changed(user_id))
        self.known_users = shown
        results = {
            (rule["configRuleName"], result["resourceId"]): result["complianceType"]
            for rule in state["configRules"]
            for result in rule["results"]
        }
        for (rule, resource), compliance in results.items():
            if self.known_results.get((rule, resource)) != compliance:
                self.compliance_changed(rule, resource, compliance)
        self.known_results = results

    def user_changed(self, user_id: str) -> None:
        """The change event of a user, if the rule is there."""
        if self.product_stack not in self.stacks or not self.has_change_events:
            return
        now = self.world.time.isoformat().replace("+00:00", "Z")
        user = next((user for user in self.world.state()["users"] if user["userId"] == user_id), None)
        sample = json.loads(json.loads((self.events / "change.json").read_text())["invokingEvent"])
        item = sample["configurationItem"] | {"resourceId": user_id, "configurationItemCaptureTime": now}
        if user is None:
            item |= {"configurationItemStatus": "ResourceDeleted", "configuration": None, "resourceName": None}
        else:
            arn = f"arn:aws:iam::{self.account_id}:user{user['path']}{user['userName']}"
            item |= {"resourceName": user["userName"], "ARN": arn, "resourceCreationTime": user["createDate"]}
            item["configuration"] = item["configuration"] | {"userName": user["userName"], "userId": user_id, "arn": arn}
        self.run_rule("change", {"configurationItem": item, "notificationCreationTime": now})

    def compliance_changed(self, rule: str, resource: str, compliance: str) -> None:
        """The event of EventBridge, for the rule that the kit's stack has."""
        kit = self.stacks[KIT_STACK]["deployed"] if KIT_STACK in self.stacks else None
        if kit is None or not self.has_compliance_events:
            return
        pattern = next(iter(kit.of_type("AWS::Events::Rule").values()))["EventPattern"]["detail"]
        if not rule.startswith(pattern["configRuleName"][0]["prefix"]):
            return
        if compliance in pattern["newEvaluationResult"]["complianceType"]:
            detail = {"configRuleName": rule, "resourceId": resource, "newEvaluationResult": {"complianceType": compliance}}
            self.queue.append(json.dumps({"detail-type": "Config Rules Compliance Change", "detail": detail}))

    @property
    def events(self):
        from stand_in import WORKSPACE

        return WORKSPACE / "events"

    @property
    def account_id(self) -> str:
        from stand_in import ACCOUNT_ID

        return ACCOUNT_ID

    @property
    def product(self) -> Deployed:
        return self.stacks[self.product_stack]["deployed"]

    def run_rule(self, name: str, message: dict) -> None:
        """AWS Config invokes the function of the rule."""
        from stand_in import event

        if self.product_stack not in self.stacks:
            return
        has_rule = self.product if self.rule_name == RULE else self.pack["deployed"]
        text = event(name, has_rule, self.rule_name, self.tokens[self.rule_name], message)
        self.run_function("ConfigRuleFunction", text)

    def join_organization(self, topic: str) -> None:
        """What a StackSet and the pack of an organization bring into an account."""
        from stand_in import WORKSPACE

        self.product_stack, self.rule_name = "StackSet-setupkey-1", f"{RULE}-conformance-pack-a1b2c3d4e"
        given = {"ArtifactBucketName": "artifacts-444455556666-us-east-1-an", "AlertTopicArn": topic, "ArtifactVersion": "1.0.0"}
        given |= {"ConfigRuleObjectVersion": "1", "RemediateObjectVersion": "1"}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        body = (WORKSPACE / "org/member.yaml").read_text()
        self.cloudformation_create_stack({"StackName": self.product_stack, "TemplateBody": body, "Parameters": parameters})
        pack = (WORKSPACE / "conformance-pack.yaml").read_text()
        named = {"ConformancePackName": "OrgConformsPack-setupkey-1"}
        self.config_put_conformance_pack(named | {"TemplateBody": pack, "ConformancePackInputParameters": [], "Tags": []})
        self.world.change(lambda state: state["topics"].append({"topicArn": topic}))

    def run_scheduled(self) -> None:
        if self.skips_runs:
            self.skips_runs -= 1
            return
        self.run_rule("scheduled", {"notificationCreationTime": self.world.time.isoformat().replace("+00:00", "Z")})

    def run_function(self, logical_id: str, event: str) -> dict:
        """Invokes a function of the product, with the environment of the template, and keeps its log."""
        properties = self.product.resources[logical_id]["Properties"]
        answer = self.world.invoke(properties["FunctionName"], event, properties["Environment"]["Variables"])
        group = self.log_groups[properties["LoggingConfig"]["LogGroup"]]
        for line in answer["log"].splitlines():
            at = round(self.world.time.timestamp() * 1000)
            group["events"].append({"eventId": uuid.uuid4().hex, "timestamp": at, "message": line})
        if "errorType" in answer:
            self.functions_failed.add(properties["FunctionName"])
        return answer

    # CloudFormation

    def cloudformation_create_stack(self, asked: dict) -> dict:
        name = asked["StackName"]
        if name in self.stacks:
            raise self.refused("AlreadyExistsException", f"Stack [{name}] already exists")
        body = asked.get("TemplateBody")
        if body is None:
            bucket, key = asked["TemplateURL"].split("/", 4)[3:]
            body = self.buckets[bucket]["objects"][key]
        parameters = {each["ParameterKey"]: each["ParameterValue"] for each in asked.get("Parameters", [])}
        template = yaml.load(body, Loader)
        try:
            deployed = Deployed(template, name, parameters, self.account_id, self.world_region)
        except ValueError as error:
            raise self.refused("ValidationError", str(error)) from None
        ready = self.world.time + timedelta(seconds=STACK_TAKES)
        self.stacks[name] = {"deployed": deployed, "tags": asked.get("Tags", []), "ready": ready, "deleted": None}
        for group in deployed.of_type("AWS::Logs::LogGroup"):
            self.log_groups[deployed.name(group)] = {"events": [], "tags": asked.get("Tags", []), "stack": name}
        for role in deployed.of_type("AWS::IAM::Role"):
            self.roles[deployed.name(role)] = {"path": "/", "stack": name}
        self.world.change(lambda state: self.deploy(state, name, deployed))
        return {"StackId": f"arn:aws:cloudformation:{self.world_region}:{self.account_id}:stack/{name}/1"}

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

    def add_rule(self, state: dict, name: str) -> None:
        self.tokens[name] = f"token-of-{name}"
        state["configRules"].append({"configRuleName": name, "resultToken": self.tokens[name]})

    def run_probe(self) -> None:
        self.queue.append(json.dumps({"probe": {"resultToken": self.tokens[PROBE_RULE], "configRuleName": PROBE_RULE}}))

    @property
    def world_region(self) -> str:
        from stand_in import REGION

        return REGION

    def refused(self, code: str, message: str = "as the service says", status: int = 400) -> Exception:
        from stand_in import Refused

        return Refused(code, message, status)

    def stack(self, name: str) -> dict:
        found = self.stacks.get(name)
        if found is None or (found["deleted"] and found["deleted"] <= self.world.time):
            self.stacks.pop(name, None)
            raise self.refused("ValidationError", f"Stack with id {name} does not exist")
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
        raise self.refused("ValidationError", "Stack for the resource does not exist")

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
            raise self.refused("BucketAlreadyOwnedByYou", status=409)
        self.buckets[asked["Bucket"]] = {"tags": [], "objects": {}}
        return {}

    def bucket(self, asked: dict) -> dict:
        if asked["Bucket"] not in self.buckets:
            raise self.refused("404" if "Key" not in asked else "NoSuchBucket", status=404)
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
            raise self.refused("NoSuchTagSet", status=404)
        return {"TagSet": tags}

    def s3_list_objects_v2(self, asked: dict) -> dict:
        return {"Contents": [{"Key": key} for key in self.bucket(asked)["objects"]], "IsTruncated": False}

    def s3_delete_object(self, asked: dict) -> dict:
        del self.bucket(asked)["objects"][asked["Key"]]
        return {}

    def s3_delete_bucket(self, asked: dict) -> dict:
        if self.bucket(asked)["objects"]:
            raise self.refused("BucketNotEmpty", status=409)
        del self.buckets[asked["Bucket"]]
        return {}

    # SQS, logs, metrics, alarms

    def sqs_receive_message(self, asked: dict) -> dict:
        state = self.world.state()
        self.look_around(state)
        if KIT_STACK in self.stacks:
            for topic in state["topics"]:
                arn = topic["topicArn"]
                if topic["subscriptionsConfirmed"]:
                    bodies = [self.notification(arn, message) for message in topic["messages"][self.delivered.get(arn, 0) :]]
                    arrived = [body for body in bodies if not any(lost(body) for lost in self.messages)]
                    self.queue += [json.dumps(body) for body in arrived]
                self.delivered[arn] = len(topic["messages"])
        handed = self.queue[:10]
        return {"Messages": [{"MessageId": f"{n}", "ReceiptHandle": body, "Body": body} for n, body in enumerate(handed)]}

    @staticmethod
    def notification(arn: str, message: dict) -> dict:
        attributes = {
            name: {"Type": value["dataType"], "Value": value["stringValue"]}
            for name, value in message["messageAttributes"].items()
        }
        body = {"Type": "Notification", "TopicArn": arn, "Subject": message["subject"], "Message": message["message"]}
        return body | {"MessageAttributes": attributes}

    def sqs_delete_message(self, asked: dict) -> dict:
        self.queue.remove(asked["ReceiptHandle"])
        return {}

    def logs_filter_log_events(self, asked: dict) -> dict:
        if asked["logGroupName"] not in self.log_groups:
            raise self.refused("ResourceNotFoundException")
        events = self.log_groups[asked["logGroupName"]]["events"]
        return {"events": [event for event in events if event["timestamp"] >= asked["startTime"]]}

    def logs_describe_log_groups(self, asked: dict) -> dict:
        names = [name for name in self.log_groups if name.startswith(asked["logGroupNamePrefix"])]
        arn = f"arn:aws:logs:{self.world_region}:{self.account_id}:log-group:"
        return {"logGroups": [{"logGroupName": name, "arn": f"{arn}{name}:*"} for name in names]}

    def logs_list_tags_for_resource(self, asked: dict) -> dict:
        tags = self.log_groups[asked["resourceArn"].rsplit(":", 1)[1]]["tags"]
        return {"tags": {tag["Key"]: tag["Value"] for tag in tags}}

    def logs_delete_log_group(self, asked: dict) -> dict:
        del self.log_groups[asked["logGroupName"]]
        return {}

    def metric_lines(self) -> list[dict]:
        group = self.log_groups[self.product.outputs["LogGroupName"]]
        return [line for line in (json.loads(event["message"]) for event in group["events"]) if "_aws" in line]

    def cloudwatch_get_metric_data(self, asked: dict) -> dict:
        results = []
        for query in asked["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            [dimension] = metric["Dimensions"]
            values = [
                float(line[metric["MetricName"]])
                for line in self.metric_lines()
                for directive in line["_aws"]["CloudWatchMetrics"]
                if [dimension["Name"]] in directive["Dimensions"]
                and line[dimension["Name"]] == dimension["Value"]
                and metric["MetricName"] in [each["Name"] for each in directive["Metrics"]]
            ]
            times = [self.world.time] * len(values)
            results.append({"Id": query["Id"], "Values": values, "Timestamps": times})
        return {"MetricDataResults": results}

    def cloudwatch_describe_alarms(self, asked: dict) -> dict:
        alarms = []
        for logical_id in self.product.of_type("AWS::CloudWatch::Alarm"):
            name = self.product.name(logical_id)
            if name.startswith(asked["AlarmNamePrefix"]):
                alarms.append({"AlarmName": name, "StateValue": "ALARM" if self.rings(logical_id) else "OK"})
        return {"MetricAlarms": alarms}

    def cloudwatch_describe_alarm_history(self, asked: dict) -> dict:
        logical_id = asked["AlarmName"].removeprefix(f"{STACK}-").split("-")[0]
        state = "ALARM" if self.rings(logical_id) else "OK"
        data = json.dumps({"newState": {"stateValue": state}})
        return {"AlarmHistoryItems": [{"AlarmName": asked["AlarmName"], "HistoryItemType": "StateUpdate", "HistoryData": data}]}

    def rings(self, logical_id: str) -> bool:
        if logical_id == "HasNotRunAlarm":
            return not any(line["ScheduledRuns"] for line in self.metric_lines())
        failed = {"ErrorsAlarm": "setupkey-config-rule", "RemediationErrorsAlarm": "setupkey-remediate"}
        return failed.get(logical_id) in self.functions_failed

    # AWS Config

    def config_describe_configuration_recorders(self, asked: dict) -> dict:
        return {"ConfigurationRecorders": [self.recorder] if self.recorder else []}

    def config_describe_configuration_recorder_status(self, asked: dict) -> dict:
        return {"ConfigurationRecordersStatus": [{"name": "default", "recording": True, "lastStatus": "Success"}]}

    def config_describe_delivery_channels(self, asked: dict) -> dict:
        return {"DeliveryChannels": [{"name": "default", "s3BucketName": "recordings"}]}

    def config_describe_delivery_channel_status(self, asked: dict) -> dict:
        return {"DeliveryChannelsStatus": [{"name": "default", "configHistoryDeliveryInfo": {"lastStatus": "Success"}}]}

    def config_describe_config_rules(self, asked: dict) -> dict:
        names = [rule["configRuleName"] for rule in self.world.state()["configRules"]]
        wanted = asked.get("ConfigRuleNames", names)
        if not set(wanted) <= set(names):
            raise self.refused("NoSuchConfigRuleException")
        return {"ConfigRules": [self.rule(name) for name in wanted]}

    def rule(self, name: str) -> dict:
        deployed = self.pack["deployed"] if self.pack and name == self.pack["rule"] else None
        source = {"Owner": "CUSTOM_LAMBDA"}
        if deployed is not None:
            source = next(iter(deployed.of_type("AWS::Config::ConfigRule").values()))["Source"]
        return {"ConfigRuleName": name, "Source": source}

    def config_start_config_rules_evaluation(self, asked: dict) -> dict:
        for name in asked["ConfigRuleNames"]:
            self.world.later(5, self.run_probe if name == PROBE_RULE else self.run_scheduled)
        return {}

    def config_select_resource_config(self, asked: dict) -> dict:
        rows = [
            json.dumps({"configuration": {"targetResourceId": resource}})
            for (rule, resource), compliance in self.known_results.items()
            if rule.startswith(RULE) and compliance == "NON_COMPLIANT"
        ]
        return {"Results": rows}

    def config_start_remediation_execution(self, asked: dict) -> dict:
        configuration = next(iter(self.product.of_type("AWS::Config::RemediationConfiguration").values()))
        for key in asked["ResourceKeys"]:
            state = self.remediate(configuration, key["resourceId"])
            self.remediations[asked["ConfigRuleName"], key["resourceId"]] = state
        return {}

    def remediate(self, configuration: dict, resource_id: str) -> str:
        """Starts the document as a remediation configuration says; SUCCEEDED or FAILED."""
        parameters = {
            name: [resource_id] if "ResourceValue" in value else value["StaticValue"]["Values"]
            for name, value in configuration["Parameters"].items()
        }
        execution = self.ssm_start_automation_execution({"DocumentName": configuration["TargetId"], "Parameters": parameters})
        status = self.automations[execution["AutomationExecutionId"]]["AutomationExecutionStatus"]
        return "SUCCEEDED" if status == "Success" else "FAILED"

    def config_describe_remediation_execution_status(self, asked: dict) -> dict:
        statuses = [
            {"ResourceKey": key, "State": self.remediations[asked["ConfigRuleName"], key["resourceId"]]}
            for key in asked["ResourceKeys"]
        ]
        return {"RemediationExecutionStatuses": statuses}

    def config_describe_remediation_exceptions(self, asked: dict) -> dict:
        self.remediate_automatically()
        return {"RemediationExceptions": [each for each in self.exceptions if each["ConfigRuleName"] == asked["ConfigRuleName"]]}

    def remediate_automatically(self) -> None:
        """Automatic remediation of the probe's rule: an exception after as many failed attempts as it allows."""
        kit = self.stacks[KIT_STACK]["deployed"]
        configuration = next(iter(kit.of_type("AWS::Config::RemediationConfiguration").values()))
        for (rule, resource), compliance in self.known_results.items():
            excepted = any(each["ResourceId"] == resource for each in self.exceptions)
            if rule != PROBE_RULE or compliance != "NON_COMPLIANT" or excepted:
                continue
            if self.remediate(configuration, resource) == "FAILED":
                self.attempted[resource] = self.attempted.get(resource, 0) + 1
            if self.attempted.get(resource, 0) >= configuration["MaximumAutomaticAttempts"]:
                exception = {"ConfigRuleName": rule, "ResourceType": "AWS::IAM::User", "ResourceId": resource}
                self.exceptions.append(exception)

    def config_put_conformance_pack(self, asked: dict) -> dict:
        parameters = {each["ParameterName"]: each["ParameterValue"] for each in asked["ConformancePackInputParameters"]}
        template = yaml.load(asked["TemplateBody"], Loader)
        deployed = Deployed(template, PACK, parameters, self.account_id, self.world_region)
        rule = f"{RULE}-conformance-pack-a1b2c3d4e"
        self.pack = {"name": asked["ConformancePackName"], "deployed": deployed, "rule": rule, "tags": asked["Tags"], "ready": self.world.time + timedelta(seconds=60)}
        self.world.change(lambda state: self.add_rule(state, rule))
        return {"ConformancePackArn": self.pack_arn}

    @property
    def pack_arn(self) -> str:
        return f"arn:aws:config:{self.world_region}:{self.account_id}:conformance-pack/{PACK}/conformance-pack-a1b2c3d4e"

    def config_describe_conformance_packs(self, asked: dict) -> dict:
        if self.pack is None or self.pack["name"] not in asked["ConformancePackNames"]:
            raise self.refused("NoSuchConformancePackException")
        detail = {"ConformancePackName": PACK, "ConformancePackArn": self.pack_arn, "ConformancePackId": "conformance-pack-a1b2c3d4e"}
        return {"ConformancePackDetails": [detail]}

    def config_describe_conformance_pack_status(self, asked: dict) -> dict:
        state = "CREATE_COMPLETE" if self.pack["ready"] <= self.world.time else "CREATE_IN_PROGRESS"
        detail = {"ConformancePackName": PACK, "ConformancePackArn": self.pack_arn, "ConformancePackId": "conformance-pack-a1b2c3d4e"}
        more = {"ConformancePackState": state, "StackArn": "arn:aws:cloudformation:stack", "LastUpdateRequestedTime": self.world.time}
        return {"ConformancePackStatusDetails": [detail | more]}

    def config_delete_conformance_pack(self, asked: dict) -> dict:
        if self.pack is None:
            raise self.refused("NoSuchConformancePackException")
        if self.pack["ready"] > self.world.time:
            raise self.refused("ResourceInUseException")
        rule, self.pack = self.pack["rule"], None
        self.world.change(lambda state: self.undeploy_rule(state, rule))
        return {}

    @staticmethod
    def undeploy_rule(state: dict, rule: str) -> None:
        state["configRules"] = [each for each in state["configRules"] if each["configRuleName"] != rule]

    def config_list_tags_for_resource(self, asked: dict) -> dict:
        return {"Tags": self.pack["tags"]}

    def config_describe_remediation_configurations(self, asked: dict) -> dict:
        configuration = next(iter(self.pack["deployed"].of_type("AWS::Config::RemediationConfiguration").values()))
        kept = {name: configuration[name] for name in ("TargetType", "TargetId", "Parameters")}
        return {"RemediationConfigurations": [kept | {"ConfigRuleName": asked["ConfigRuleNames"][0]}]}

    def config_delete_evaluation_results(self, asked: dict) -> dict:
        raise self.refused("AccessDeniedException", "the rule is service-linked")

    def config_delete_remediation_exceptions(self, asked: dict) -> dict:
        raise self.refused("NoSuchRemediationExceptionException")

    # Systems Manager

    def ssm_start_automation_execution(self, asked: dict) -> dict:
        document = self.product.resources["RemediateDocument"]["Properties"]["Content"]
        given = {name: values[0] for name, values in asked["Parameters"].items()}
        values = {name: given.get(name, declared.get("default")) for name, declared in document["parameters"].items()}
        for name, declared in document["parameters"].items():
            allowed = declared.get("allowedValues")
            pattern = declared.get("allowedPattern")
            if (allowed and values[name] not in allowed) or (pattern and not re.search(pattern, values[name])):
                raise self.refused("InvalidAutomationExecutionParametersException", f"{name} is {values[name]}")
        execution_id = str(uuid.uuid4())
        values["automation:EXECUTION_ID"] = execution_id
        payload = {
            name: re.sub(r"\{\{ (\S+) \}\}", lambda match: values[match[1]], text)
            for name, text in document["mainSteps"][0]["inputs"]["InputPayload"].items()
        }
        answer = self.run_function("RemediateFunction", json.dumps(payload))
        execution = {"AutomationExecutionId": execution_id, "DocumentName": DOCUMENT}
        if "response" in answer:
            execution |= {"AutomationExecutionStatus": "Success", "Outputs": {"RemediateUser.Payload": [answer["response"]]}}
        else:
            execution |= {"AutomationExecutionStatus": "Failed", "FailureMessage": answer["errorType"]}
        self.automations[execution_id] = execution
        return {"AutomationExecutionId": execution_id}

    def ssm_get_automation_execution(self, asked: dict) -> dict:
        return {"AutomationExecution": self.automations[asked["AutomationExecutionId"]]}

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
            raise self.refused("NoSuchEntity", status=404)
        path = self.roles.get(asked["RoleName"], {"path": "/"})["path"]
        return {"Role": self.role(asked["RoleName"], path)}

    def role(self, name: str, path: str) -> dict:
        arn = f"arn:aws:iam::{self.account_id}:role{path}{name}"
        return {"RoleName": name, "Path": path, "Arn": arn, "RoleId": "AROAEXAMPLE0000000001", "CreateDate": self.world.time}

    def iam_create_role(self, asked: dict) -> dict:
        raise self.refused("InvalidInput", "the path is reserved")

    def iam_delete_role(self, asked: dict) -> dict:
        del self.roles[asked["RoleName"]]
        return {}

    def iam_list_roles(self, asked: dict) -> dict:
        roles = [self.role(name, role["path"]) for name, role in self.roles.items() if role["path"].startswith(asked["PathPrefix"])]
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
                    arn = f"arn:aws:lambda:{self.world_region}:{self.account_id}:function:{asked['FunctionName']}"
                    logging = {"LogGroup": function["LoggingConfig"]["LogGroup"]}
                    return {"Configuration": {"FunctionName": asked["FunctionName"], "FunctionArn": arn, "LoggingConfig": logging}}
        raise self.refused("ResourceNotFoundException", status=404)

    def securityhub_describe_hub(self, asked: dict) -> dict:
        return {"HubArn": f"arn:aws:securityhub:{self.world_region}:{self.account_id}:hub/default"}

    def securityhub_get_findings(self, asked: dict) -> dict:
        state = self.world.state()
        self.look_around(state)
        [resource], [title] = asked["Filters"]["ResourceId"], asked["Filters"]["Title"]
        arn = f"arn:aws:iam::{self.account_id}:user"
        users = {user["userId"]: f"{arn}{user['path']}{user['userName']}" for user in state["users"]}
        rule = self.rule_name  # that of a pack beside it would evaluate the same users
        found = [compliance for (name, each), compliance in self.known_results.items() if name == rule and users.get(each) == resource["Value"]]
        if not found:
            return {"Findings": []}
        status = {"NON_COMPLIANT": "FAILED", "COMPLIANT": "PASSED"}.get(found[0], "NOT_AVAILABLE")
        now = self.world.time.isoformat()
        finding = {
            "SchemaVersion": "2018-10-08", "Id": "finding", "ProductArn": "arn:aws:securityhub:config", "GeneratorId": "config",
            "AwsAccountId": self.account_id, "CreatedAt": now, "UpdatedAt": now, "Title": title["Value"], "Description": "",
            "Resources": [{"Type": "AwsIamUser", "Id": resource["Value"]}], "Compliance": {"Status": status},
        }  # fmt: skip
        return {"Findings": [finding]}
