"""A whole run against the stand-in: every check passes, nothing stays, the report can be published."""

from __future__ import annotations

import json
import re
import unittest

from check import statements
from story import STORY
from worlds import left, outside, run, stand_in


class Whole(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.world = stand_in()
        cls.before = outside(cls.world)
        cls.code, cls.results, cls.printed = run(cls.world)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.world.close()

    def test_every_check_passes(self) -> None:
        others = {number: result.said for number, result in self.results.items() if result.outcome != "PASS"}
        self.assertEqual(others, {})
        self.assertEqual(self.results.keys(), {step.number for step in STORY} - {None})
        self.assertEqual(self.code, 0)

    def test_every_check_has_figures_and_requests(self) -> None:
        for number, result in self.results.items():
            with self.subTest(number):
                self.assertTrue(result.said)
                # some look at what an earlier call answered
                self.assertTrue(result.requests or number == 46)

    def test_nothing_stays_and_no_other_user_changed(self) -> None:
        self.assertEqual(left(self.world), [])
        self.assertEqual(outside(self.world), self.before)

    def test_report_is_complete_and_masked(self) -> None:
        [path] = self.world.reports.glob("*.json")
        text, page = path.read_text(), path.with_suffix(".md").read_text()
        report = json.loads(text)
        self.assertEqual(report["counts"], {"PASS": len(self.results), "FAIL": 0, "SKIPPED": 0})
        self.assertEqual([row["number"] for row in report["results"]], sorted(self.results))
        self.assertEqual(report["left"], [])
        for number, statement in statements().items():
            self.assertEqual(statement.has_check, number not in report["notChecked"])
        for shown in (text, page, self.printed.split("PASS", 1)[1].split("removed")[0]):
            self.assertNotRegex(shown, r"\b\d{12}\b|\b(AKIA|ASIA|AIDA)[A-Z0-9]{12,}")
        rows = re.findall(r"^\| (\d+) \| .+ \| PASS \| .+ \| .* \|$", page, re.MULTILINE)
        self.assertEqual([int(row) for row in rows], sorted(self.results))


if __name__ == "__main__":
    unittest.main()
