"""Judges a credential report by the default of the rule: who has a console password and an active access key that was
created with the user and never used.

What `setupkey audit --credential-report` is measured beside. It prints a line for each flagged key, and how many
users are what to standard error.
"""

import csv
import sys
from collections import Counter
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=60)


def judge(row: dict[str, str]) -> str:
    created = datetime.fromisoformat(row["user_creation_time"])
    flagged = False
    for key in ("access_key_1", "access_key_2"):
        if row[f"{key}_last_rotated"] == "N/A":
            continue
        after = datetime.fromisoformat(row[f"{key}_last_rotated"]) - created
        unused = row[f"{key}_last_used_date"] == "N/A"
        if row["password_enabled"] == "true" and row[f"{key}_active"] == "true" and unused and abs(after) <= WINDOW:
            print(row["user"], row[f"{key}_last_rotated"], int(after.total_seconds()), "never", sep="\t")
            flagged = True
    if row["password_enabled"] != "true":
        return "NOT_APPLICABLE"
    return "NON_COMPLIANT" if flagged else "COMPLIANT"


verdicts = Counter()
with open(sys.argv[1], newline="", encoding="utf-8") as report:
    for row in csv.DictReader(report):
        if row["user"] != "<root_account>":
            verdicts[judge(row)] += 1
print(dict(verdicts), file=sys.stderr)
