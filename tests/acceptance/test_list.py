"""The list of unproved statements and the kit belong together, number by number."""

from __future__ import annotations

import unittest

from check import LIST, statements
from story import MEMBER, STORY


class Numbers(unittest.TestCase):
    def test_every_statement_has_a_check_or_a_reason(self) -> None:
        listed = statements()
        self.assertEqual(sorted(listed), list(range(1, len(listed) + 1)), "numbers without gaps")
        checked = [step.number for step in STORY if step.number is not None]
        self.assertEqual(len(checked), len(set(checked)), "a number is checked twice")
        in_member = {step.number for step in MEMBER} - {None}
        self.assertEqual(
            {*checked, *in_member}, {number for number, statement in listed.items() if statement.has_check}
        )

    def test_every_row_of_the_page_is_read(self) -> None:
        rows = [line for line in LIST.read_text().splitlines() if line.startswith("| ") and line[2].isdigit()]
        self.assertEqual(len(rows), len(statements()))

    def test_every_statement_says_why_it_is_believed(self) -> None:
        for number, statement in statements().items():
            self.assertTrue(all([statement.text, statement.believed, statement.checked]), number)
            self.assertFalse(statement.text.endswith("."), number)


if __name__ == "__main__":
    unittest.main()
