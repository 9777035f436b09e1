"""AWS Config and Systems Manager of the stand-in. `asked` is the request as the kit gave it to boto3."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import yaml

from names import DOCUMENT, KIT_STACK, PROBE_RULE, RULE
from stack import Loader
from stand_in_base import ACCOUNT_ID, REGION, Held, Refused
from stand_in_template import Deployed

# What AWS Config adds to the names of a pack's rules.
PACK_ID = "conformance-pack-a1b2c3d4e"


class Rules(Held):
    """Recorders, rules, packs, and remediations with their document."""

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
            raise Refused("NoSuchConfigRuleException")
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
        execution = self.ssm_start_automation_execution(
            {"DocumentName": configuration["TargetId"], "Parameters": parameters}
        )
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
        return {
            "RemediationExceptions": [
                each for each in self.exceptions if each["ConfigRuleName"] == asked["ConfigRuleName"]
            ]
        }

    def remediate_automatically(self) -> None:
        """Automatic remediation of the probe's rule: a remediation exception after as many failed attempts as it allows."""
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
        deployed = Deployed(template, asked["ConformancePackName"], parameters, ACCOUNT_ID, REGION)
        rule = f"{RULE}-{PACK_ID}"
        ready = self.world.time + timedelta(seconds=60)
        names = {"name": asked["ConformancePackName"], "rule": rule, "tags": asked["Tags"]}
        self.pack = names | {"deployed": deployed, "ready": ready}
        self.world.change(lambda state: self.add_rule(state, rule))
        return {"ConformancePackArn": self.pack_arn}

    @property
    def pack_arn(self) -> str:
        return f"arn:aws:config:{REGION}:{ACCOUNT_ID}:conformance-pack/{self.pack['name']}/{PACK_ID}"

    def config_describe_conformance_packs(self, asked: dict) -> dict:
        if self.pack is None or self.pack["name"] not in asked["ConformancePackNames"]:
            raise Refused("NoSuchConformancePackException")
        return {"ConformancePackDetails": [self.pack_names]}

    @property
    def pack_names(self) -> dict:
        names = {"ConformancePackName": self.pack["name"], "ConformancePackId": PACK_ID}
        return names | {"ConformancePackArn": self.pack_arn}

    def config_describe_conformance_pack_status(self, asked: dict) -> dict:
        state = "CREATE_COMPLETE" if self.pack["ready"] <= self.world.time else "CREATE_IN_PROGRESS"
        more = {"ConformancePackState": state, "StackArn": "arn:aws:cloudformation:stack"}
        more["LastUpdateRequestedTime"] = self.world.time
        return {"ConformancePackStatusDetails": [self.pack_names | more]}

    def config_delete_conformance_pack(self, asked: dict) -> dict:
        if self.pack is None:
            raise Refused("NoSuchConformancePackException")
        if self.pack["ready"] > self.world.time:
            raise Refused("ResourceInUseException")
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
        raise Refused("AccessDeniedException", "the rule is service-linked")

    def config_delete_remediation_exceptions(self, asked: dict) -> dict:
        raise Refused("NoSuchRemediationExceptionException")

    # Systems Manager

    def ssm_start_automation_execution(self, asked: dict) -> dict:
        document = self.product.resources["RemediateDocument"]["Properties"]["Content"]
        given = {name: values[0] for name, values in asked["Parameters"].items()}
        values = {name: given.get(name, declared.get("default")) for name, declared in document["parameters"].items()}
        for name, declared in document["parameters"].items():
            allowed = declared.get("allowedValues")
            pattern = declared.get("allowedPattern")
            if (allowed and values[name] not in allowed) or (pattern and not re.search(pattern, values[name])):
                raise Refused("InvalidAutomationExecutionParametersException", f"{name} is {values[name]}")
        execution_id = str(uuid.uuid4())
        values["automation:EXECUTION_ID"] = execution_id
        payload = {
            name: re.sub(r"\{\{ (\S+) \}\}", lambda match: values[match[1]], text)
            for name, text in document["mainSteps"][0]["inputs"]["InputPayload"].items()
        }
        answer = self.run_function("RemediateFunction", json.dumps(payload))
        execution = {"AutomationExecutionId": execution_id, "DocumentName": DOCUMENT}
        if "response" in answer:
            execution |= {
                "AutomationExecutionStatus": "Success",
                "Outputs": {"RemediateUser.Payload": [answer["response"]]},
            }
        else:
            execution |= {"AutomationExecutionStatus": "Failed", "FailureMessage": answer["errorType"]}
        self.automations[execution_id] = execution
        return {"AutomationExecutionId": execution_id}

    def ssm_get_automation_execution(self, asked: dict) -> dict:
        return {"AutomationExecution": self.automations[asked["AutomationExecutionId"]]}
