"""Credential reports for the tests of the page, and the page that the tool makes of one."""

import csv
import io
import json
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parent.parent.parent
TOOL = WORKSPACE / "target/debug/setupkey"
SERVE = WORKSPACE / "target/debug/examples/serve"
# that of the clock of local AWS
TIME = "2026-11-22T06:00:00Z"

COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
).split(",")

# Seconds from the user to the key: as in real reports, and 9, which as text would come after 17.
SECONDS = [0, 1, 9, 17, 27, 2_280, 90_000, 40_000_000]


def time(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def row(name, number, account="111122223333"):
    """A user with a password and a key; of every eight users, five have it since their setup. Every third key
    was used."""
    created = datetime(2016, 1, 4, 9, tzinfo=timezone.utc) + timedelta(hours=7 * number)
    made = created + timedelta(seconds=SECONDS[number % len(SECONDS)])
    used = time(made + timedelta(days=40)) if number % 3 == 2 else "N/A"
    return {
        "user": name,
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "user_creation_time": time(created),
        "password_enabled": "true",
        "password_last_used": time(created + timedelta(days=9)),
        "password_last_changed": time(created + timedelta(seconds=2)),
        "access_key_1_active": "true",
        "access_key_1_last_rotated": time(made),
        "access_key_1_last_used_date": used,
        "mfa_active": "false",
        "access_key_2_active": "false",
        "cert_1_active": "false",
        "cert_2_active": "false",
    }


def is_flagged(number):
    return SECONDS[number % len(SECONDS)] <= 60 and number % 3 != 2


def report(names, accounts=("111122223333",)):
    """The report of accounts that have the same users each."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="N/A", lineterminator="\n")
    writer.writeheader()
    for account in accounts:
        root = {"user": "<root_account>", "arn": f"arn:aws:iam::{account}:root", "password_enabled": "false"}
        writer.writerow({**row("", 0), **root, "access_key_1_active": "false", "access_key_1_last_rotated": "N/A"})
        writer.writerows(row(name, number, account) for number, name in enumerate(names))
    return text.getvalue()


def trail(names, identity):
    """A log file of CloudTrail in which this identity creates these users of a report, with password and key."""
    records = []
    for number, name in enumerate(names):
        made = row(name, number)
        answers = {
            "CreateUser": {"user": {"userName": name, "userId": f"AIDA{number:017}", "arn": made["arn"]}},
            "CreateLoginProfile": {"loginProfile": {"userName": name}},
            "CreateAccessKey": {"accessKey": {"userName": name, "accessKeyId": f"AKIA{number:016}", "status": "Active"}},
        }
        times = [made["user_creation_time"], made["user_creation_time"], made["access_key_1_last_rotated"]]
        for moment, (event, answer) in zip(times, answers.items()):
            records.append(
                {
                    "eventVersion": "1.10",
                    "userIdentity": {"type": "AssumedRole", "arn": identity, "accessKeyId": "ASIAEXAMPLE"},
                    "eventTime": moment,
                    "eventSource": "iam.amazonaws.com",
                    "eventName": event,
                    "userAgent": "Terraform/1.9.0",
                    "requestParameters": {"userName": name},
                    "responseElements": answer,
                    "eventID": f"{event}-{name}",
                    "recipientAccountId": "111122223333",
                }
            )
    return json.dumps({"Records": records})


def page(path, content, *options):
    """Has the tool write the page of a report to a file."""
    command = [TOOL, "audit", "--credential-report", "-", "--format", "html", "--output", path, *options]
    done = subprocess.run(command, input=content, text=True, capture_output=True)
    if f"wrote: {path}" not in done.stderr:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr}")


def page_of_local_aws(path, state, code=1):
    """Has the tool write the page of an account of local AWS to a file."""
    audit = [TOOL, "audit", "--at", TIME, "--format", "html", "--output", path.name]
    # serve ends as the audit does, and not with 0
    command = [SERVE, state, "sh", "-c", f'"$@"; test $? -eq {code}', "sh", *audit]
    done = subprocess.run(command, cwd=path.parent, text=True, capture_output=True)
    if done.returncode != 0:
        raise AssertionError(f"the audit did not end with {code}: {done.stderr}")
