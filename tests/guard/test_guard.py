"""The Guard rules on the templates of the command's tests: the column `guard` of their table. Where rule and command
disagree, the column `difference` says why, and the page of the rules lists it.

The rules' own cases are in `policies/guard/tests`; `make guard` runs them with `cfn-guard test`.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import unittest
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2]
CFN_GUARD = Path(os.environ.get("CFN_GUARD", WORKSPACE / "target/tools/bin/cfn-guard")).absolute()
RULES = WORKSPACE / "policies/guard"
TEMPLATES = WORKSPACE / "crates/template/tests/templates"


def validate(file: str) -> tuple[str, str]:
    """The status of the rule that is for a file, and what Guard said besides; ERROR if it cannot read the file."""
    rules = "terraform-plan.guard" if file.startswith("terraform-") else "iam-user-no-setup-access-key.guard"
    command = [CFN_GUARD, "validate", "--rules", RULES / rules, "--data", TEMPLATES / file]
    command += ["--structured", "--output-format", "json", "--show-summary", "none"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 19):
        return "ERROR", run.stderr
    [report] = json.loads(run.stdout)
    return report["status"], run.stderr


class Guard(unittest.TestCase):
    def test_rules_judge_every_template_as_the_table_says(self) -> None:
        with (TEMPLATES / "cases.csv").open() as table:
            cases = list(csv.DictReader(table))
        self.assertEqual({case["guard"] for case in cases}, {"FAIL", "PASS", "SKIP", "ERROR"})
        for case in cases:
            with self.subTest(case["file"]):
                status, said = validate(case["file"])
                self.assertEqual(status, case["guard"], said)
                self.assertNotIn("DEPRECATION", said)

    def test_where_rule_and_command_disagree_the_page_says_why(self) -> None:
        page = (RULES / "README.md").read_text().split("## Where the rules and the command differ")[1]
        rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
        with (TEMPLATES / "cases.csv").open() as table:
            cases = list(csv.DictReader(table))
        for case in cases:
            with self.subTest(case["file"]):
                agree = (case["guard"] == "FAIL") == bool(case["access keys reported"])
                self.assertEqual(agree, not case["difference"])
        listed = [row.strip() for row in rows[1:] if not row.startswith("-")]
        self.assertEqual(sorted(listed), sorted({case["difference"] for case in cases} - {""}))

    def test_every_file_is_on_the_page_and_the_other_way_round(self) -> None:
        named = set(re.findall(r"^\| `([\w.-]+)` \|", (RULES / "README.md").read_text(), re.MULTILINE))
        self.assertEqual(named, {path.name for path in RULES.iterdir() if path.suffix in {".guard", ".yaml"}})

    def test_every_rule_has_cases_that_fail_pass_and_skip(self) -> None:
        for rules in RULES.glob("*.guard"):
            with self.subTest(rules.name):
                cases = (RULES / "tests" / f"{rules.stem}_tests.yaml").read_text()
                [rule] = re.findall(r"^rule (\w+)", rules.read_text(), re.MULTILINE)
                self.assertEqual(set(re.findall(rf"^      {rule}: (\w+)$", cases, re.MULTILINE)), {"FAIL", "PASS", "SKIP"})


if __name__ == "__main__":
    unittest.main()
