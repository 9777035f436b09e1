"""Validates what `setupkey history --format json` prints against the published schema.

The documents are those of the sample logs and of random lives (tests/history/trail.py), printed by the binary that was
built last.
"""

import random
import sys
import tempfile
import unittest
from pathlib import Path

from documents import WORKSPACE, Documents, printed, schema

SAMPLES = WORKSPACE / "crates/setupkey/tests/trail"

sys.path.insert(0, str(WORKSPACE / "tests/history"))
import trail  # noqa: E402


def history(*arguments: str | Path) -> dict:
    return printed("history", "--format", "json", *arguments)


class History(Documents):
    schema = schema("history")

    def test_samples(self) -> None:
        self.assert_valid(history(SAMPLES, "--since", "2017-01-01", "--until", "2024-12-31"))
        self.assert_valid(history(SAMPLES, "/nowhere"))

    def test_lives_with_and_without_gaps(self) -> None:
        for seed in range(5):
            records = trail.live(seed)
            for kept in (records, records[::2], records[1::3]):
                with tempfile.TemporaryDirectory() as folder, self.subTest(seed=seed):
                    trail.write(Path(folder), kept, random.Random(seed))
                    self.assert_valid(history(Path(folder)))

    def test_the_schema_refuses_what_is_wrong(self) -> None:
        good = history(SAMPLES / "stratus.json")
        key = ("episodes", 0, "keys", 0)
        wrong = [
            (("tool",), "audit"),
            (("coverage", "records"), -1),
            (("coverage", "firstEvent"), "2024-08-01"),
            (("coverage", "filesNotRead"), ["x"]),
            (("episodes", 0, "violation"), None),
            (("episodes", 0, "created", "session"), "AKIAIOSFODNN7EXAMPLE"),
            (("episodes", 0, "consolePassword", "more"), 1),
            ((*key, "fate"), "lost"),
            ((*key, "tool"), "vim"),
        ]
        self.assert_refused(good, wrong)


if __name__ == "__main__":
    unittest.main()
