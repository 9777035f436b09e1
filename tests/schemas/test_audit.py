"""Validates what `setupkey audit --format json` prints against the published schema.

The documents are those of the sample reports, printed by the binary that was built last, and those that the
system suite left in the folder AUDIT_DOCUMENTS: live accounts, several accounts, accounts that fail.
"""

import unittest
from pathlib import Path

from documents import WORKSPACE, Documents, of_the_system_suite, printed, schema
from jsonschema import Draft202012Validator, FormatChecker

TESTS = WORKSPACE / "crates/setupkey/tests"
REPORTS = TESTS / "reports"


def audit(report: Path, *arguments: str | Path) -> dict:
    return printed("audit", "--credential-report", report, "--format", "json", *arguments)


class Audit(Documents):
    schema = schema("audit")

    def test_reports(self) -> None:
        reports = sorted(REPORTS.glob("*.csv"))
        self.assertTrue(reports)
        for report in reports:
            for preset in ("cis", "cis-console", "cis-cli", "cyscale", "panther"):
                with self.subTest(report=report.name, preset=preset):
                    self.assert_valid(audit(report, "--preset", preset))

    def test_documents_of_the_system_suite(self) -> None:
        documents = of_the_system_suite(self, "json")
        self.assertGreaterEqual(len(documents), 5)
        for name, document in documents:
            with self.subTest(document=name):
                self.assert_valid(document)

    def test_history_has_the_coverage_of_the_other_schema(self) -> None:
        document = audit(REPORTS / "cis-sample.csv", "--history", TESTS / "trail")
        self.assert_valid(document)
        coverage = {**schema("history"), **schema("history")["properties"]["coverage"]}
        errors = Draft202012Validator(coverage, format_checker=FormatChecker()).iter_errors(document["history"]["coverage"])
        self.assertEqual([error.message for error in errors], [])

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
            ((*key, "createdBy"), {"by": None}),
            (("history",), {"summary": {}}),
        ]
        self.assert_refused(good, wrong)


if __name__ == "__main__":
    unittest.main()
