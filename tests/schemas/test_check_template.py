"""Validates what `setupkey check-template` prints as JSON and as SARIF against the published schemas.

The documents are those of the templates of the command's tests, printed by the binary that was built last. The schema of
SARIF, `sarif-2.1.0.json`, is that of the npm package `@microsoft/jest-sarif` 1.0.0-beta.0 (MIT), in one line.
"""

import copy
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from jsonschema import Draft4Validator, Draft202012Validator

WORKSPACE = Path(__file__).resolve().parents[2]
SETUPKEY = WORKSPACE / "target/debug/setupkey"
TEMPLATES = WORKSPACE / "crates/template/tests/templates"
SCHEMA = json.loads((WORKSPACE / "schemas/check-template.schema.json").read_text())


def check(files: list[str], output_format: str = "json") -> dict:
    command = [SETUPKEY, "check-template", "--format", output_format, *files]
    run = subprocess.run(command, cwd=TEMPLATES, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return json.loads(run.stdout)


class CheckTemplate(unittest.TestCase):
    def setUp(self) -> None:
        Draft202012Validator.check_schema(SCHEMA)
        self.validator = Draft202012Validator(SCHEMA)
        # findings, notes, errors with a place and without
        files = sorted(path.name for path in TEMPLATES.iterdir())
        self.document = check([*files, "missing.yaml", "../../src/lib.rs"])

    def test_every_template(self) -> None:
        errors = [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(self.document)]
        self.assertEqual(errors, [])
        files = self.document["files"]
        self.assertTrue(any(file["notes"] for file in files))
        self.assertTrue(any(file["error"] and file["error"]["line"] is None for file in files))
        self.assertTrue(any(finding["conditions"] for file in files for finding in file["findings"]))
        self.assertTrue(any(finding["loginProfile"] for file in files for finding in file["findings"]))

    def test_the_schema_refuses_what_is_wrong(self) -> None:
        found = next(at for at, file in enumerate(self.document["files"]) if file["findings"])
        finding = ("files", found, "findings", 0)
        for path, value in [
            (("files",), None),
            (("summary", "findings"), -1),
            (("files", found, "error"), "no such file"),
            ((*finding, "line"), 0),
            ((*finding, "accessKey"), None),
            ((*finding, "conditions"), None),
            ((*finding, "suppressed"), "a reason"),
            ((*finding, "extra"), 1),
        ]:
            with self.subTest(path=path):
                wrong = copy.deepcopy(self.document)
                place = wrong
                for step in path[:-1]:
                    place = place[step]
                place[path[-1]] = value
                self.assertFalse(self.validator.is_valid(wrong))

    def test_sarif(self) -> None:
        schema = json.loads((WORKSPACE / "tests/schemas/sarif-2.1.0.json").read_text())
        Draft4Validator.check_schema(schema)
        with tempfile.TemporaryDirectory() as folder:
            names = ["ref.yaml", "nested.yaml", "terraform-plan.json"]
            for name in names:
                shutil.copy(TEMPLATES / name, folder)
            suppressed = (TEMPLATES / "inactive.yaml").read_text().replace("  AliceKey:", "  # setupkey:ignore INC-1\n  AliceKey:")
            Path(folder, "suppressed, 100%.yaml").write_text(suppressed)
            document = check([folder, "missing.yaml"], "sarif")
        errors = [f"{error.json_path}: {error.message}" for error in Draft4Validator(schema).iter_errors(document)]
        self.assertEqual(errors, [])
        [run] = document["runs"]
        findings = [result for result in run["results"] if result["ruleId"] == "setup-access-key"]
        self.assertEqual(
            [(Path(uri(finding)).name, region(finding)) for finding in findings],
            [("ref.yaml", (14, 3)), ("suppressed%2C%20100%25.yaml", (7, 3)), ("terraform-plan.json", (129, 5))],
        )
        self.assertEqual(findings[1]["suppressions"], [{"kind": "inSource", "justification": "INC-1"}])
        self.assertNotIn("suppressions", findings[0])
        self.assertEqual(len([result for result in run["results"] if result["ruleId"] == "not-checked"]), 6)
        [invocation] = run["invocations"]
        self.assertFalse(invocation["executionSuccessful"])
        [notification] = invocation["toolExecutionNotifications"]
        self.assertEqual(notification["message"]["text"], "no such file or directory")


def uri(result: dict) -> str:
    return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def region(result: dict) -> tuple[int, int]:
    region = result["locations"][0]["physicalLocation"]["region"]
    return region["startLine"], region["startColumn"]


if __name__ == "__main__":
    unittest.main()
