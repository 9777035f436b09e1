"""The Athena query and the Sigma rules that ask what `setupkey history` asks, run on its fixtures.

Athena's SQL runs on DuckDB, with two of Trino's functions as macros. The Sigma rules become SQL by pySigma, and run on
SQLite.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import unittest
from pathlib import Path

import duckdb
from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

WORKSPACE = Path(__file__).resolve().parents[2]
POLICIES = WORKSPACE / "policies"
SAMPLES = WORKSPACE / "crates/setupkey/tests/trail"

sys.path.insert(0, str(WORKSPACE / "tests/history"))
import oracle  # noqa: E402
import trail  # noqa: E402

# What Trino has and DuckDB calls otherwise.
MACROS = """
CREATE MACRO json_extract_scalar(json, path) AS json_extract_string(json, path);
CREATE MACRO from_iso8601_timestamp(text) AS CAST(replace(text, 'Z', '') AS TIMESTAMP);
"""


def stratus() -> list[dict]:
    return json.loads((SAMPLES / "stratus.json").read_text())


def athena(records: list[dict], query: str) -> list[tuple]:
    """Account, user ID and key of each row."""
    database = duckdb.connect()
    database.execute(MACROS)
    database.execute(
        "CREATE TABLE cloudtrail_logs (eventtime VARCHAR, eventsource VARCHAR, eventname VARCHAR, errorcode VARCHAR,"
        " useridentity STRUCT(arn VARCHAR), requestparameters VARCHAR, responseelements VARCHAR, eventid VARCHAR,"
        " recipientaccountid VARCHAR)"
    )
    for record in records:
        database.execute(
            "INSERT INTO cloudtrail_logs VALUES (?, ?, ?, ?, {'arn': ?}, ?, ?, ?, ?)",
            [
                record["eventTime"], record["eventSource"], record["eventName"], record.get("errorCode"),
                record["userIdentity"].get("arn"), json.dumps(record["requestParameters"]),
                json.dumps(record["responseElements"]), record["eventID"], record["recipientAccountId"],
            ],
        )
    result = database.execute(query)
    columns = [column[0] for column in result.description]
    rows = [dict(zip(columns, row)) for row in result.fetchall()]
    return sorted((row["account_id"], row["user_id"], row["access_key_id"]) for row in rows)


def query(start: str, end: str) -> str:
    text = (POLICIES / "setup-access-key.athena.sql").read_text()
    changed = text.replace("2026-01-01T00:00:00Z", start).replace("2026-06-30T23:59:59Z", end)
    assert text != changed
    return changed


class Athena(unittest.TestCase):
    def test_sample(self) -> None:
        found = athena(stratus() * 2, query("2024-01-01T00:00:00Z", "2024-12-31T23:59:59Z"))
        self.assertEqual(found, [("111122223333", "AIDABACKDOOREXAMPLE1", "AKIABACKDOOREXAMPLE1")])
        self.assertEqual(athena(stratus(), query("2025-01-01T00:00:00Z", "2025-12-31T23:59:59Z")), [])

    def test_lives_without_renames(self) -> None:
        rows = 0
        for seed in range(20):
            records = trail.live(seed, steps=150, renames=False)
            expected = sorted(
                (episode["accountId"], episode["userId"], key)
                for episode in oracle.episodes(records)
                for key, members in episode["keys"].items()
                if members["createdWithUser"] and episode["password"]
            )
            with self.subTest(seed=seed):
                self.assertEqual(athena(records, query("2026-03-01T00:00:00Z", "2026-12-31T23:59:59Z")), expected)
            rows += len(expected)
        self.assertGreater(rows, 20)


class Sigma(unittest.TestCase):
    COLUMNS = ("eventSource", "eventName", "errorCode", "recipientAccountId", "requestParameters.userName")

    def rules(self, correlation: str) -> SigmaCollection:
        """The rules up to this correlation, which is the last."""
        text = (POLICIES / "setup-access-key.sigma.yml").read_text()
        before, after = text.split(f"name: {correlation}\n")
        return SigmaCollection.from_yaml(f"{before}name: {correlation}\n{after.split('---')[0]}")

    def fires(self, correlation: str, records: list[dict]) -> bool:
        """Whether the correlation fires."""
        database = sqlite3.connect(":memory:")
        columns = ", ".join(f"`{column}`" for column in self.COLUMNS)
        database.execute(f"CREATE TABLE logs (timestamp, {columns})")
        for record in records:
            request = record["requestParameters"] or {}
            values = [record.get(column) for column in self.COLUMNS[:-1]] + [request.get("userName")]
            database.execute("INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?)", [record["eventTime"], *values])
        # its parts are in the same query
        *_, query = sqliteBackend().convert(self.rules(correlation))
        return bool(database.execute(query).fetchall())

    def alerts(self, records: list[dict]) -> list[bool]:
        """Whether the correlation for all users fires, and that for users with a console password."""
        names = ("iam_access_key_created_with_user", "iam_access_key_created_with_console_user")
        return [self.fires(name, records) for name in names]

    def call(self, name: str, time: str, **changes: object) -> dict:
        return {
            "eventTime": f"2026-03-02T{time}Z", "eventSource": "iam.amazonaws.com", "eventName": name,
            "recipientAccountId": "1" * 12, "requestParameters": {"userName": "b"}, **changes,
        }

    def test_rules_are_valid(self) -> None:
        rules = SigmaCollection.from_yaml((POLICIES / "setup-access-key.sigma.yml").read_text())
        self.assertEqual([rule.errors for rule in rules], [[]] * 5)

    def test_sample(self) -> None:
        self.assertEqual(self.alerts(stratus()), [True, True])

    def test_cases(self) -> None:
        user = self.call("CreateUser", "10:00:00")
        password = self.call("CreateLoginProfile", "18:00:00")
        for what, key, expected in [
            ("at once", self.call("CreateAccessKey", "10:00:00"), True),
            ("within a minute", self.call("CreateAccessKey", "10:01:00"), True),
            ("later", self.call("CreateAccessKey", "10:01:01"), False),
            ("refused", self.call("CreateAccessKey", "10:00:01", errorCode="AccessDenied"), False),
            ("another user's", self.call("CreateAccessKey", "10:00:01", requestParameters={"userName": "c"}), False),
            ("in another account", self.call("CreateAccessKey", "10:00:01", recipientAccountId="2" * 12), False),
            ("of another service", self.call("CreateAccessKey", "10:00:01", eventSource="x.amazonaws.com"), False),
        ]:
            with self.subTest(what):
                self.assertEqual(self.alerts([user, key, password]), [expected, expected])
        self.assertEqual(self.alerts([user, self.call("CreateAccessKey", "10:00:00")]), [True, False], "no password")


if __name__ == "__main__":
    unittest.main()
