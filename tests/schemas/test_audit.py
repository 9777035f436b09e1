"""Validates what `setupkey audit --format json` prints against the published schema.

The documents are those of the sample reports, printed by the binary that was built last, and those that the
system suite left in the folder AUDIT_DOCUMENTS: live accounts, several accounts, accounts that fail.
"""

import copy
import json
import os
import subprocess
import unittest
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

WORKSPACE = Path(__file__).resolve().parents[2]
SETUPKEY = WORKSPACE / "target/debug/setupkey"
REPORTS = WORKSPACE / "crates/setupkey/tests/reports"
SCHEMA = json.loads((WORKSPACE / "schemas/audit.schema.json").read_text())


def audit(report: Path, *arguments: str) -> dict:
    command = [SETUPKEY, "audit", "--credential-report", report, "--format", "json", *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)


class Audit(unittest.TestCase):
    def setUp(self) -> None:
        Draft202012Validator.check_schema(SCHEMA)
        self.validator = Draft202012Validator(SCHEMA, format_checker=FormatChecker())

    def assert_valid(self, document: dict) -> None:
        errors = [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(document)]
        self.assertEqual(errors, [])

    def test_reports(self) -> None:
        reports = sorted(REPORTS.glob("*.csv"))
        self.assertTrue(reports)
        for report in reports:
            for preset in ("cis", "cis-console", "cis-cli", "cyscale", "panther"):
                with self.subTest(report=report.name, preset=preset):
                    self.assert_valid(audit(report, "--preset", preset))

    def test_documents_of_the_system_suite(self) -> None:
        folder = os.environ.get("AUDIT_DOCUMENTS")
        if folder is None:
            self.skipTest("AUDIT_DOCUMENTS names no folder")
        documents = sorted(Path(folder).glob("*.json"))
        self.assertGreaterEqual(len(documents), 5)
        for document in documents:
            with self.subTest(document=document.name):
                self.assert_valid(json.loads(document.read_text()))

    def test_the_schema_refuses_what_is_wrong(self) -> None:
        good = audit(REPORTS / "cis-sample.csv")
        user = ("accounts", 0, "users", 1)
        key = (*user, "keys", 0)
        wrong = [
            (("accounts", 0, "source"), "guess"),
            (("summary", "nonCompliant"), -1),
            ((*user, "complianceType"), "UNKNOWN"),
            ((*user, "userName"), None),
            ((*user, "createDate"), "2015-05-11"),
            ((*key, "status"), "active"),
            ((*key, "lastUsed"), "N/A"),
            ((*key, "more"), 1),
        ]
        for path, value in wrong:
            with self.subTest(path=path):
                document = copy.deepcopy(good)
                at = document
                for step in path[:-1]:
                    at = at[step]
                at[path[-1]] = value
                self.assertTrue(list(self.validator.iter_errors(document)))


if __name__ == "__main__":
    unittest.main()
