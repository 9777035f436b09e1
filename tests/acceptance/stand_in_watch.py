"""The queue, the logs, the metrics and the alarms of the stand-in. `asked` is the request as the kit gave it to boto3."""

from __future__ import annotations

import json

from names import KIT_STACK, STACK
from stand_in_base import ACCOUNT_ID, REGION, Held, Refused


class Watch(Held):
    """What shows how the functions work."""

    # SQS, logs, metrics, alarms

    def sqs_receive_message(self, asked: dict) -> dict:
        state = self.world.state()
        self.look_around(state)
        if KIT_STACK in self.stacks:
            for topic in state["topics"]:
                arn = topic["topicArn"]
                if topic["subscriptionsConfirmed"]:
                    bodies = [
                        self.notification(arn, message) for message in topic["messages"][self.delivered.get(arn, 0) :]
                    ]
                    arrived = [body for body in bodies if not any(lost(body) for lost in self.messages)]
                    self.queue += [json.dumps(body) for body in arrived]
                self.delivered[arn] = len(topic["messages"])
        handed = self.queue[:10]
        return {
            "Messages": [{"MessageId": f"{n}", "ReceiptHandle": body, "Body": body} for n, body in enumerate(handed)]
        }

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
            raise Refused("ResourceNotFoundException")
        events = self.log_groups[asked["logGroupName"]]["events"]
        return {"events": [event for event in events if event["timestamp"] >= asked["startTime"]]}

    def logs_describe_log_groups(self, asked: dict) -> dict:
        names = [name for name in self.log_groups if name.startswith(asked["logGroupNamePrefix"])]
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:"
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
        return {
            "AlarmHistoryItems": [
                {"AlarmName": asked["AlarmName"], "HistoryItemType": "StateUpdate", "HistoryData": data}
            ]
        }

    def rings(self, logical_id: str) -> bool:
        if logical_id == "HasNotRunAlarm":
            return not any(line["ScheduledRuns"] for line in self.metric_lines())
        failed = {"ErrorsAlarm": "setupkey-config-rule", "RemediationErrorsAlarm": "setupkey-remediate"}
        return failed.get(logical_id) in self.functions_failed
