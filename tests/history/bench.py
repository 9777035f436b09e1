"""Measures `setupkey history` on a million records, beside jq and a plain Python reader on the same files.

Not a test: no verdict depends on a time. Run by `make bench`, after a release build.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import trail

WORKSPACE = Path(__file__).resolve().parents[2]
RECORDS_PER_FILE = 2_000
# One record in a hundred concerns an IAM user.
OTHERS_PER_EVENT = 99

READER = """
import gzip, json, sys
from pathlib import Path
NAMES = [b"CreateUser", b"CreateLoginProfile", b"CreateAccessKey", b"UpdateAccessKey", b"DeleteAccessKey", b"DeleteUser"]
found = []
for path in sorted(Path(sys.argv[1]).rglob("*.json.gz")):
    data = gzip.decompress(path.read_bytes())
    if any(name in data for name in NAMES):
        for record in json.loads(data)["Records"]:
            if record["eventSource"] == "iam.amazonaws.com":
                found.append(record)
print(len(found))
"""
JQ = """
find "$1" -name '*.json.gz' -print0 | xargs -0 zcat |
jq -c '.Records[] | select(.eventSource == "iam.amazonaws.com" and (.eventName | test("User|AccessKey|LoginProfile")))' | wc -l
"""


def other(rng: random.Random, number: int, moment: str) -> str:
    """A record of another service, of about a kilobyte, as most of a trail are."""
    name = rng.choice(["AssumeRole", "DescribeInstances", "GetObject", "Decrypt", "PutMetricData", "CreateLogStream"])
    service = rng.choice(["sts", "ec2", "s3", "kms", "monitoring", "logs"])
    role = f"arn:aws:sts::111122223333:assumed-role/service-role-{number % 50}/session-{number % 977}"
    return json.dumps(
        {
            "eventVersion": "1.10",
            "userIdentity": {
                "type": "AssumedRole", "principalId": f"AROAEXAMPLEEXAMPLE01:session-{number % 977}", "arn": role,
                "accountId": "111122223333", "accessKeyId": "ASIAEXAMPLEEXAMPLE01",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role", "principalId": "AROAEXAMPLEEXAMPLE01", "accountId": "111122223333",
                        "arn": f"arn:aws:iam::111122223333:role/service-role-{number % 50}",
                        "userName": f"service-role-{number % 50}",
                    },
                    "attributes": {"creationDate": moment, "mfaAuthenticated": "false"},
                },
            },
            "eventTime": moment, "eventSource": f"{service}.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
            "sourceIPAddress": f"203.0.113.{number % 256}",
            "userAgent": "aws-sdk-java/2.28.0 Linux/5.10 OpenJDK_64-Bit_Server_VM/17 Java/17 vendor/Amazon exec-env/AWS_ECS_FARGATE",
            "requestParameters": {
                "resourceArn": f"arn:aws:s3:::bucket-{number % 313}/prefix/{number:012d}/object.parquet",
                "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::bucket-{number % 313}"},
            },
            "responseElements": None, "requestID": f"{rng.getrandbits(128):032x}", "eventID": f"{rng.getrandbits(128):032x}",
            "readOnly": True, "eventType": "AwsApiCall", "managementEvent": True,
            "recipientAccountId": "111122223333", "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"{service}.us-east-1.amazonaws.com",
            },
        },
        separators=(",", ":"),
    )


def generate(folder: Path, records: int) -> int:
    """Writes log files as they lie in a bucket; returns their size unpacked."""
    rng = random.Random(1)
    account = trail.Account(rng, "111122223333")
    size = number = 0
    events: list[dict] = []
    while number < records:
        file = []
        for _ in range(min(RECORDS_PER_FILE, records - number)):
            number += 1
            if number % (OTHERS_PER_EVENT + 1):
                moment = f"{trail.START + trail.datetime.timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"
                file.append(other(rng, number, moment))
                continue
            while not events:
                account.step()
                events, account.records = account.records, []
            file.append(json.dumps(events.pop(0), separators=(",", ":")))
        text = ('{"Records":[' + ",".join(file) + "]}").encode()
        size += len(text)
        path = folder / f"AWSLogs/111122223333/CloudTrail/us-east-1/{number:09d}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text, 6))
    return size


def measure(command: list[str | Path]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MiB of a command and its children."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--records", type=int, default=1_000_000)
    arguments.add_argument("--setupkey", type=Path, default=WORKSPACE / "target/release/setupkey")
    arguments.add_argument("--folder", type=Path, default=WORKSPACE / "target/history-bench")
    given = arguments.parse_args()
    folder = given.folder / str(given.records)
    note = folder / "size.txt"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"writing {given.records:,} records", file=sys.stderr)
        size = generate(folder, given.records)
        note.write_text(str(size))
    logs = folder / "AWSLogs"
    commands: list[tuple[str, list[str | Path]]] = [
        ("setupkey history", [given.setupkey, "history", logs]),
        ("a Python reader", [sys.executable, "-c", READER, logs]),
    ]
    if shutil.which("jq"):
        commands.append(("zcat and jq", ["sh", "-c", JQ, "sh", logs]))
    print(f"{given.records:,} records, {int(note.read_text()) / 1e9:.2f} GB unpacked\n")
    print("| | wall seconds | CPU seconds | peak MiB |\n|---|---:|---:|---:|")
    for name, command in commands:
        wall, cpu, peak = measure(command)
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
