"""A random life of AWS accounts, as the records that CloudTrail writes of it.

Every call was possible when it was made, and its record is all that is told of it.
"""

from __future__ import annotations

import datetime
import gzip
import json
import random
from pathlib import Path

START = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
TOOLS = {
    "aws-cli": "aws-cli/2.22.0 md/awscrt#0.22.0",
    "terraform": "APN/1.0 HashiCorp/1.0 Terraform/1.9.0 (+https://www.terraform.io)",
    "cloudformation": "cloudformation.amazonaws.com",
    "console": "console.amazonaws.com",
    "aws-sdk": "Boto3/1.35.0 md/Botocore#1.35.0",
    None: "curl/8.0",
}
PREFIX = "setup-key-exception"


class User:
    def __init__(self, name: str, user_id: str) -> None:
        self.name, self.user_id = name, user_id
        self.keys: dict[str, str] = {}
        self.password = False


class Account:
    """An account that lives; `records` is what its trail has."""

    def __init__(self, rng: random.Random, account_id: str, partition: str = "aws") -> None:
        self.rng, self.account_id, self.partition = rng, account_id, partition
        self.now = 0
        self.users: dict[str, User] = {}
        self.records: list[dict] = []
        self.number = 0
        self.renames = True
        self.actors = [self.role(f"session{n}") for n in range(3)] + [self.root(), self.service()]

    def fresh(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.account_id[:4]}{self.number:08d}"

    def role(self, session: str) -> dict:
        arn = f"arn:{self.partition}:sts::{self.account_id}:assumed-role/admin/{session}"
        key = f"ASIA{session.upper()}"
        return {"type": "AssumedRole", "principalId": f"AROA:{session}", "arn": arn, "accessKeyId": key}

    def root(self) -> dict:
        return {"type": "Root", "arn": f"arn:{self.partition}:iam::{self.account_id}:root", "accountId": self.account_id}

    def service(self) -> dict:
        return {"type": "AWSService", "invokedBy": "sso.amazonaws.com"}

    def itself(self, user: User) -> dict:
        arn = f"arn:{self.partition}:iam::{self.account_id}:user/{user.name}"
        return {"type": "IAMUser", "principalId": user.user_id, "arn": arn, "userName": user.name}

    def date(self, time: datetime.datetime) -> str:
        """A date of an answer, in one of its forms."""
        hour = time.hour % 12 or 12
        text = f"{time:%b} {time.day}, {time.year} {hour}:{time:%M:%S} {time:%p}"
        newer = f"{time:%b} {time.day}, {time.year}, {hour}:{time:%M:%S}\u202f{time:%p}"
        return self.rng.choice([text, newer, f"{time:%Y-%m-%dT%H:%M:%SZ}"])

    def call(self, name: str, request: dict | None, answer: dict | None = None, actor: dict | None = None) -> None:
        time = START + datetime.timedelta(seconds=self.now)
        if answer is not None:
            answer = {kind: {**members, "createDate": self.date(time)} for kind, members in answer.items()}
        self.records.append(
            {
                "eventVersion": self.rng.choice(["1.02", "1.05", "1.08", "1.10"]),
                "userIdentity": actor or self.rng.choice(self.actors),
                "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
                "eventSource": "iam.amazonaws.com",
                "eventName": name,
                "awsRegion": {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}[self.partition],
                "sourceIPAddress": "203.0.113.7",
                "userAgent": self.rng.choice(list(TOOLS.values())),
                "requestParameters": request,
                "responseElements": answer,
                "eventID": self.fresh("event-"),
                "recipientAccountId": self.account_id,
            }
        )

    def noise(self, name: str) -> None:
        """What tells nothing of an episode: refused calls, other services, other kinds of event."""
        self.call("CreateAccessKey", {"userName": name}, {"accessKey": {"userName": name, "accessKeyId": "AKIANEVER"}})
        self.records[-1]["errorCode"] = self.rng.choice(["AccessDenied", "LimitExceededException"])
        self.call("CreateUser", {"userName": name}, {"user": {"userName": name}})
        self.records[-1]["eventSource"] = self.rng.choice(["identitystore.amazonaws.com", "cognito-idp.amazonaws.com"])
        self.call("ListUsers", None)
        self.call("CreateAccessKey", None, {"accessKey": {"accessKeyId": "AKIAROOT"}}, actor=self.root())

    def step(self) -> None:
        rng = self.rng
        self.now += rng.choice([0, 0, 0, 1, 17, 59, 60, 61, 3_600, 90_000])
        name = rng.choice(["anitha", "Brandon", "brandon", "c@x", "dä"])
        user = next((user for user in self.users.values() if user.name.lower() == name.lower()), None)
        choice = rng.random()
        if choice < 0.05:
            return self.noise(name)
        if choice < 0.3 and len(self.users) > 1 and user is None:
            # mostly those who are there
            user = rng.choice(list(self.users.values()))
        if user is None:
            user = User(name, self.fresh("AIDA"))
            self.users[user.user_id] = user
            arn = f"arn:{self.partition}:iam::{self.account_id}:user/{name}"
            tags = [{"key": f"{PREFIX}:owner", "value": "x"}, {"key": "team", "value": "y"}]
            request = {"userName": name, "tags": tags} if rng.random() < 0.2 else {"userName": name}
            return self.call("CreateUser", request, {"user": {"userName": name, "userId": user.user_id, "arn": arn, "path": "/"}})
        named = {"userName": user.name}
        if choice < 0.4:
            key = self.fresh("AKIA")
            user.keys[key] = "Active"
            own = rng.random() < 0.3
            answer = {"accessKey": {**named, "accessKeyId": key, "status": "Active"}}
            return self.call("CreateAccessKey", None if own else named, answer, self.itself(user) if own else None)
        if choice < 0.6 and not user.password:
            user.password = True
            return self.call("CreateLoginProfile", named, {"loginProfile": dict(named)})
        if choice < 0.65 and user.keys:
            key = rng.choice(list(user.keys))
            status = "Inactive" if user.keys[key] == "Active" else "Active"
            user.keys[key] = status
            self.now += 1
            return self.call("UpdateAccessKey", {**named, "accessKeyId": key, "status": status})
        if choice < 0.7 and user.keys:
            self.now += 1
            return self.delete_key(user, rng.choice(list(user.keys)))
        if choice < 0.75:
            tags = [{"key": f"{PREFIX.upper()}:Reason", "value": "because"}]
            return self.call("TagUser", {**named, "tags": tags})
        if choice < 0.78:
            return self.call("UntagUser", {**named, "tagKeys": [f"{PREFIX}:owner", "team"]})
        if choice < 0.84 and self.renames:
            # within one second no record tells whose name was meant
            self.now += 1
            new = f"{user.name}-{self.number}"
            self.call("UpdateUser", {**named, "newUserName": new})
            user.name = new
            self.now += 1
        elif choice < 0.94:
            self.now += 1
            for key in list(user.keys):
                self.delete_key(user, key)
            if user.password:
                self.call("DeleteLoginProfile", named)
            self.call("DeleteUser", named)
            del self.users[user.user_id]

    def delete_key(self, user: User, key: str) -> None:
        del user.keys[key]
        self.call("DeleteAccessKey", {"userName": user.name, "accessKeyId": key})


def live(seed: int, steps: int = 60, renames: bool = True) -> list[dict]:
    """The records of three accounts in three partitions, in the order in which they were written."""
    rng = random.Random(seed)
    accounts = [Account(rng, "1" * 12), Account(rng, "2" * 12, "aws-us-gov"), Account(rng, "3" * 12, "aws-cn")]
    for account in accounts:
        account.renames = renames
    for _ in range(steps):
        rng.choice(accounts).step()
    return [record for account in accounts for record in account.records]


def write(folder: Path, records: list[dict], rng: random.Random) -> None:
    """Log files of these records: shuffled, some twice, split in any way, compressed or not."""
    records = records + rng.sample(records, len(records) // 4)
    rng.shuffle(records)
    number = 0
    while records:
        size = rng.choice([0, 1, 3, 20])
        file, records = records[:size], records[size:]
        number += 1
        path = folder / f"{rng.choice('ab')}" / f"{number}"
        path.parent.mkdir(exist_ok=True)
        form = rng.choice(["json", "json.gz", "jsonl"])
        if form == "jsonl" and file:
            path.with_suffix(".jsonl").write_text("\n".join(json.dumps(record) for record in file))
        else:
            text = json.dumps({"Records": file}, ensure_ascii=rng.random() < 0.5).encode()
            if form == "json.gz":
                path.with_suffix(".json.gz").write_bytes(gzip.compress(text))
            else:
                path.with_suffix(".json").write_bytes(text)
