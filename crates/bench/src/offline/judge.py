"""Who has a console password and an active access key that was created with the user and never used.

The whole of what `setupkey audit --credential-report` is measured beside; it prints the names.
"""

import csv
import sys
from datetime import datetime, timedelta

WINDOW = timedelta(seconds=60)


def is_flagged(row: dict[str, str]) -> bool:
    if row["user"] == "<root_account>" or row["password_enabled"] != "true":
        return False
    created = datetime.fromisoformat(row["user_creation_time"])
    for key in ("access_key_1", "access_key_2"):
        if row[f"{key}_active"] != "true" or row[f"{key}_last_used_date"] != "N/A":
            continue
        if abs(datetime.fromisoformat(row[f"{key}_last_rotated"]) - created) <= WINDOW:
            return True
    return False


with open(sys.argv[1], newline="", encoding="utf-8") as report:
    for row in csv.DictReader(report):
        if is_flagged(row):
            print(row["user"])
