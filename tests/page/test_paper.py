"""The page on paper, as chromium prints it."""

import re
import tempfile
import unittest
from pathlib import Path

import webdriver
from pypdf import PdfReader
from reports import page, report, trail
from sample import make
from webdriver import Browser

setUpModule = webdriver.require

HEADINGS = (
    "Findings",
    "Exemptions in force",
    "Accounts",
    "History of the period",
    "How this audit was made",
    "Is the setup window right?",
    "Users over time",
    "Appendix: commands",
)
# So many users break the pages at other places.
SIZES = (0, 1, 6, 23, 41, 60, 100, 1_000)
FOOTER = re.compile(r"^(\d+ / \d+)?(setupkey audit)?$")
# Fewer words than this on a page are a page that should not be.
FEWEST_WORDS = 20


class Paper(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        folder = Path(folder.name)
        html, pdf = folder / "page.html", folder / "page.pdf"
        cls.printed = {}

        with Browser() as browser:

            def printed():
                browser.open(html)
                browser.pdf(pdf)
                return [paper.extract_text() for paper in PdfReader(pdf).pages]

            for size in SIZES:
                page(html, report([f"user{n}" for n in range(size)]))
                cls.printed[size] = printed()
            page(html, report([f"user{n}" for n in range(9)], [str(111122223333 + n) for n in range(40)]))
            cls.printed["accounts"] = printed()
            users = [f"user{n}" for n in range(60)]
            log = folder / "log.json"
            log.write_text(trail(users, "arn:aws:sts::111122223333:assumed-role/admin/alice"))
            page(html, report(users), "--history", log)
            cls.printed["history"] = printed()
            make(html)
            cls.printed["sample"] = printed()

    def pages(self):
        """The lines of each page, without its footer."""
        for of, pages in self.printed.items():
            for number, text in enumerate(pages, 1):
                lines = [FOOTER.sub("", line).strip() for line in text.splitlines()]
                lines = [line for line in lines if line]
                yield of, number, lines

    def test_no_page_has_a_word_only(self):
        for of, number, lines in self.pages():
            with self.subTest(of=of, page=number):
                self.assertGreaterEqual(len(" ".join(lines).split()), FEWEST_WORDS, lines)

    def test_no_heading_is_parted_from_what_it_heads(self):
        seen = set()
        for of, number, lines in self.pages():
            for at, line in enumerate(lines):
                if line in HEADINGS:
                    seen.add(line)
                    with self.subTest(of=of, page=number, heading=line):
                        self.assertGreaterEqual(len(lines) - at - 1, 1 if line == "Findings" else 3, lines[at:])
        self.assertEqual(seen, set(HEADINGS))

    def test_drawing_and_legend_are_on_one_page(self):
        for of, number, lines in self.pages():
            text = "\n".join(lines)
            for heading, legend in (("Is the setup window right?", "not flagged"), ("Users over time", "until last use")):
                if heading in lines and of != 0:
                    with self.subTest(of=of, page=number, heading=heading):
                        self.assertIn(legend, text)

    def test_commands_are_an_appendix(self):
        for of, pages in self.printed.items():
            first = next((n for n, text in enumerate(pages) if "Appendix: commands" in text), len(pages))
            with self.subTest(of=of):
                self.assertEqual(first == len(pages), of == 0)
                for number, text in enumerate(pages):
                    self.assertEqual("aws iam delete-access-key" in text, number >= first, number)

    def test_every_finding_is_printed_with_its_commands(self):
        text = "\n".join(self.printed["sample"])
        for user in ("anitha", "brandon", "giulia.rossi", "kofi.mensah", "tomas.novak", "uma.krishnan", "wanjiru.kamau"):
            with self.subTest(user=user):
                self.assertIn(f"delete-access-key --user-name {user} ", text)
        self.assertEqual(text.count("17 s after"), 2)


if __name__ == "__main__":
    unittest.main()
