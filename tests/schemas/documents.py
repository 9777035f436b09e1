"""What the tests of the schemas have in common: the binary that was built last, and documents that a schema takes or
refuses."""

import copy
import json
import os
import subprocess
import unittest
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

WORKSPACE = Path(__file__).resolve().parents[2]
SETUPKEY = WORKSPACE / "target/debug/setupkey"


def schema(name: str) -> dict:
    return json.loads((WORKSPACE / f"schemas/{name}.schema.json").read_text())


def printed(*arguments: str | Path) -> dict | list:
    run = subprocess.run([SETUPKEY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return json.loads(run.stdout)


def of_the_system_suite(test: unittest.TestCase, ending: str) -> list[tuple[str, dict | list]]:
    """The documents that the system suite left in the folder AUDIT_DOCUMENTS, by name."""
    folder = os.environ.get("AUDIT_DOCUMENTS")
    if folder is None:
        test.skipTest("AUDIT_DOCUMENTS names no folder")
    return [(path.name, json.loads(path.read_text())) for path in sorted(Path(folder).glob(f"*.{ending}"))]


class Documents(unittest.TestCase):
    """Documents of one schema."""

    schema: dict

    def setUp(self) -> None:
        Draft202012Validator.check_schema(self.schema)
        self.validator = Draft202012Validator(self.schema, format_checker=FormatChecker())

    def assert_valid(self, document: dict) -> None:
        errors = [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(document)]
        self.assertEqual(errors, [])

    def assert_refused(self, good: dict, wrong: list[tuple[tuple[str | int, ...], object]]) -> None:
        """Each value, at its place in a document that is valid without it."""
        self.assert_valid(good)
        for path, value in wrong:
            with self.subTest(path=path):
                document = copy.deepcopy(good)
                at = document
                for step in path[:-1]:
                    at = at[step]
                at[path[-1]] = value
                self.assertTrue(list(self.validator.iter_errors(document)))
