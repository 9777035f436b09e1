"""Validates what `setupkey check-template --format json` prints against the published schema.

The documents are those of the templates of the command's tests, printed by the binary that was built last.
"""

import copy
import json
import subprocess
import unittest
from pathlib import Path

from jsonschema import Draft202012Validator

WORKSPACE = Path(__file__).resolve().parents[2]
SETUPKEY = WORKSPACE / "target/debug/setupkey"
TEMPLATES = WORKSPACE / "crates/template/tests/templates"
SCHEMA = json.loads((WORKSPACE / "schemas/check-template.schema.json").read_text())


def check(files: list[str]) -> dict:
    command = [SETUPKEY, "check-template", "--format", "json", *files]
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


if __name__ == "__main__":
    unittest.main()
