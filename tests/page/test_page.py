"""The page of `setupkey audit --format html` in a real browser. Skipped where there is none."""

import tempfile
import unittest
from pathlib import Path

from reports import is_flagged, page
from webdriver import BROWSER, DRIVER, Browser

ENTER = "\ue007"
TAB = "\ue004"
# Names and times, as others may write them into a report.
HOSTILE = [
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 2'>",
    '"><svg onload="window.hit = 3">',
    "<!--",
    "]]>",
    "' onfocus='window.hit = 4' autofocus x='",
    "javascript:window.hit=5",
    "${window.hit = 6}",
    "a\u2028b",
    "\u202egpj.exe",
    "w" * 400,
]
DISPLAYED = "[...document.querySelectorAll('{}')].filter((e) => e.checkVisibility()).length"


@unittest.skipUnless(BROWSER and DRIVER, "needs chromium and chromedriver")
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.pages = {}
        for users in (6, 100, 5_000):
            cls.pages[users] = Path(cls.folder.name) / f"{users}.html"
            page([f"user{n}" for n in range(users)], cls.pages[users])
        cls.pages["hostile"] = Path(cls.folder.name) / "hostile.html"
        page(HOSTILE, cls.pages["hostile"])

    def assert_quiet(self, browser):
        self.assertEqual(browser.console(), [])
        self.assertEqual(browser.run("return performance.getEntriesByType('resource').length"), 0)

    def displayed(self, browser, selector):
        return browser.run("return " + DISPLAYED.format(selector))

    def test_opens_quietly_and_fits_any_screen(self):
        for width in (1280, 390):
            for dark in (False, True):
                with Browser(width=width, dark=dark) as browser:
                    for of, path in self.pages.items():
                        with self.subTest(width=width, dark=dark, of=of):
                            browser.open(path)
                            self.assert_quiet(browser)
                            wide = browser.run("return document.documentElement.scrollWidth")
                            self.assertLessEqual(wide, width)
                            paper = browser.run("return getComputedStyle(document.body).backgroundColor")
                            self.assertEqual(paper == "rgb(255, 255, 255)", not dark)

    def test_paper_is_white_whatever_the_screen_is(self):
        with Browser(dark=True) as browser:
            browser.open(self.pages[6])
            browser.show_as("print")
            for colour, expected in (("backgroundColor", "rgb(255, 255, 255)"), ("color", "rgb(0, 0, 0)")):
                self.assertEqual(browser.run(f"return getComputedStyle(document.body).{colour}"), expected)

    def test_text_of_others_stays_text(self):
        with Browser() as browser:
            browser.open(self.pages["hostile"])
            self.assert_quiet(browser)
            self.assertIsNone(browser.run("return window.hit"))
            lanes = browser.run("return [...document.querySelectorAll('.lane h3')].map((e) => e.textContent)")
            shown = {name.replace("\u2028", r"\u{2028}").replace("\u202e", r"\u{202e}") for name in HOSTILE}
            self.assertEqual(set(lanes), shown)

    def test_findings_are_sorted_by_keyboard(self):
        with Browser() as browser:
            browser.open(self.pages[100])
            heads = browser.run("return [...document.querySelectorAll('#findings thead th')].map((e) => e.innerText)")
            column = heads.index("After the user")
            browser.run("document.querySelector('#findings input').focus()")
            browser.press(*[TAB] * (column + 1), ENTER)
            seconds = "return [...document.querySelectorAll('#findings tbody')].map((e) => +e.rows[0].cells[%d].dataset.sort)"
            up = browser.run(seconds % column)
            self.assertEqual(up, sorted(up))
            self.assertGreater(len(set(up)), 1)
            state = f"return document.querySelectorAll('#findings thead th')[{column}].getAttribute('aria-sort')"
            self.assertEqual(browser.run(state), "ascending")
            browser.press(ENTER)
            self.assertEqual(browser.run(seconds % column), sorted(up, reverse=True))
            self.assertEqual(browser.run(state), "descending")
            self.assert_quiet(browser)

    def test_filter_narrows_the_screen_and_not_the_paper(self):
        flagged = sum(is_flagged(n) for n in range(5_000))
        with Browser() as browser:
            browser.open(self.pages[5_000])
            self.assertEqual(self.displayed(browser, "#findings tbody"), 50)
            browser.run("document.querySelector('#findings input').focus()")
            browser.press(*"USER499")
            counts = "return document.querySelector('#findings output').textContent"
            some = [n for n in range(5_000) if is_flagged(n) and "user499" in f"user{n}"]
            self.assertEqual(browser.run(counts), f"{len(some)} of {flagged:,} findings")
            self.assertEqual(self.displayed(browser, "#findings tbody"), len(some))
            browser.show_as("print")
            self.assertEqual(self.displayed(browser, "#findings tbody"), flagged)
            self.assertEqual(self.displayed(browser, "input, select, button"), 0)
            self.assertEqual(self.displayed(browser, ".lane"), flagged)

    def test_pages_are_turned_by_keyboard(self):
        with Browser() as browser:
            browser.open(self.pages[5_000])
            first = browser.run("return document.querySelector('.lane:not(.off) h3').textContent")
            self.assertEqual(self.displayed(browser, ".lane"), 25)
            browser.run("document.querySelector('#lanes .pages button:last-of-type').focus()")
            browser.press(ENTER)
            where = browser.run("return document.querySelector('#lanes .pages span').textContent")
            self.assertEqual(where, "page 2 of 200")
            self.assertEqual(self.displayed(browser, ".lane"), 25)
            self.assertNotEqual(first, browser.run("return document.querySelector('.lane:not(.off) h3').textContent"))

    def test_all_is_there_without_scripts(self):
        with Browser(scripts=False) as browser:
            browser.open(self.pages[100])
            # scripts of the page are off, those of the test are not
            self.assertEqual(self.displayed(browser, "#findings tbody"), sum(is_flagged(n) for n in range(100)))
            self.assertEqual(self.displayed(browser, ".lane"), 100)
            self.assertEqual(self.displayed(browser, "input, select, button"), 0)

    def test_everything_has_a_name_for_a_screen_reader(self):
        with Browser() as browser:
            browser.open(self.pages[100])
            tree = browser.chrome("Accessibility.getFullAXTree")["nodes"]
            named = {"searchbox", "combobox", "button", "image", "img", "region", "table", "columnheader", "heading"}
            seen = set()
            for node in tree:
                role = node.get("role", {}).get("value")
                if role in named and not node["ignored"]:
                    seen.add(role)
                    self.assertTrue(node.get("name", {}).get("value"), node)
            self.assertLessEqual({"searchbox", "button", "table", "columnheader", "heading"}, seen)


if __name__ == "__main__":
    unittest.main()
