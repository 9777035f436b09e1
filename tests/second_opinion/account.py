"""Another party's IAM, STS and SNS: moto server with the account that the first line of its input says, as a state of
local AWS does.

Serves until its input ends; a line `dump` prints what the account holds by then. Time stands still in here: users and
keys are made at their times by the calls that make them at AWS, so that moto has no other way to know them.
"""

import json
import os
import sys
from datetime import datetime

os.environ["MOTO_ACCOUNT_ID"] = "111122223333"

import boto3  # noqa: E402
from freezegun import freeze_time  # noqa: E402
from moto.iam import iam_backends  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402
from moto.sns import sns_backends  # noqa: E402

ACCOUNT = os.environ["MOTO_ACCOUNT_ID"]
REGION = "us-east-1"


def client(service: str, endpoint: str, key_id: str = "local", secret: str = "local"):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )


def time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def make(state: dict, endpoint: str, clock) -> None:
    iam = client("iam", endpoint)
    for user in state["users"]:
        name = user["userName"]
        clock.move_to(time(user["createDate"]))
        iam.create_user(UserName=name)
        if user.get("loginProfile"):
            clock.move_to(time(user["loginProfile"]["createDate"]))
            iam.create_login_profile(UserName=name, Password="Not-a-real-one-1")
        for key in user.get("accessKeys", []):
            clock.move_to(time(key["createDate"]))
            made = iam.create_access_key(UserName=name)["AccessKey"]
            if key.get("lastUsed"):
                clock.move_to(time(key["lastUsed"]["date"]))
                # moto takes the time of the last call that the key signed
                client("sts", endpoint, made["AccessKeyId"], made["SecretAccessKey"]).get_caller_identity()
            if key.get("status", "Active") != "Active":
                iam.update_access_key(UserName=name, AccessKeyId=made["AccessKeyId"], Status=key["status"])
        if user.get("tags"):
            iam.tag_user(UserName=name, Tags=[{"Key": key, "Value": value} for key, value in user["tags"].items()])
    for topic in state["topics"]:
        client("sns", endpoint).create_topic(Name=topic["topicArn"].rsplit(":", 1)[1])
        # moto never counts subscriptions; without one that is confirmed nothing is published
        sns_backends[ACCOUNT][REGION].topics[topic["topicArn"]].subscriptions_confimed = 1
    clock.move_to(time(state["clock"]))


def dump() -> dict:
    users = {
        user.name: {
            "userId": user.id,
            "accessKeys": [{"accessKeyId": key.access_key_id, "status": key.status} for key in user.access_keys],
            "tags": user.tags and {tag["Key"]: tag["Value"] for tag in iam.list_user_tags(UserName=user.name)["Tags"]},
        }
        for user in iam_backends[ACCOUNT]["aws"].users.values()
    }
    topics = sns_backends[ACCOUNT][REGION].topics.values()
    messages = [
        {"message": message, "subject": subject}
        for topic in topics
        for _, message, subject, *_ in topic.sent_notifications
    ]
    return {"users": users, "messages": messages}


if __name__ == "__main__":
    state = json.loads(sys.stdin.readline())
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with freeze_time("2020-01-01", tick=False) as clock:
        make(state, endpoint, clock)
        iam = client("iam", endpoint)
        print(endpoint, flush=True)
        for line in sys.stdin:
            if line.strip() == "dump":
                print(json.dumps(dump()), flush=True)
    server.stop()
