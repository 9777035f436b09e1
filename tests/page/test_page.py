"""The page of `setupkey audit --format html` in a real browser."""

import json
import tempfile
import unittest
from pathlib import Path

import webdriver
from reports import SECONDS, is_flagged, page, page_of_local_aws, report, trail
from sample import make
from webdriver import Browser

setUpModule = webdriver.require

ENTER = "\ue007"
TAB = "\ue004"
CONTROL = "\ue009"
# Tags, as others may write them on a user.
HOSTILE = [
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 2'>",
    '"><svg onload="window.hit = 3">',
    "<!-- hidden",
    "]]> hidden",
    "' onfocus='window.hit = 4' autofocus x='",
    "javascript:window.hit=5",
    "${window.hit = 6}",
    "aa\u2028bb",
    "\u202egpj.exe",
    "w" * 256,
]
ACCOUNTS = [str(111122223333 + number) for number in range(12)]
DISPLAYED = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility()).length"
# The boxes of all texts in a drawing, and of those that lie across another: each with its text.
COLLISIONS = """
const texts = [...document.querySelectorAll(arguments[0] + " text")].filter((e) => e.checkVisibility());
const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
return boxes.flatMap(([text, box], at) =>
  boxes.slice(at + 1).filter(([, other]) => !apart(box, other)).map(([other]) => `${text} and ${other}`));
"""


def hostile_account():
    """An account whose users have these tags: each one flagged, but every second one exempt."""
    prefix = "setup-key-exception"
    users = [
        {
            "userName": f"user{number}",
            "createDate": "2016-05-30T07:45:00Z",
            "loginProfile": {"createDate": "2016-05-30T07:45:02Z"},
            "accessKeys": [{"status": "Active", "createDate": "2016-05-30T07:45:01Z"}],
            "tags": {
                f"{prefix}:owner": text,
                f"{prefix}:expires": "2026-12-01" if number % 2 else text,
                f"{prefix}:reason": text,
            },
        }
        for number, text in enumerate(HOSTILE)
    ]
    return {"clock": "2026-11-22T06:00:00Z", "accountAliases": [HOSTILE[0]], "users": users}


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        folder = Path(folder.name)
        cls.pages = {}
        for users in (6, 100, 5_000):
            cls.pages[users] = folder / f"{users}.html"
            page(cls.pages[users], report([f"user{n}" for n in range(users)]))
        cls.pages["long"] = folder / "long.html"
        page(cls.pages["long"], report([letter * 64 for letter in "abWM"]))
        lines = report([f"user{n}" for n in range(30)], ACCOUNTS).splitlines()
        # of an account, two users are not read
        lines[40:42] = [line.replace(",true,", ",no_information,", 1) for line in lines[40:42]]
        cls.pages["accounts"] = folder / "accounts.html"
        page(cls.pages["accounts"], "\n".join(lines) + "\n")
        state = folder / "hostile.json"
        state.write_text(json.dumps(hostile_account()))
        cls.pages["hostile"] = folder / "hostile.html"
        page_of_local_aws(cls.pages["hostile"], state)
        users = [f"user{n}" for n in range(30)]
        log = folder / "log.json"
        log.write_text(trail(users[:20], f"arn:aws:sts::111122223333:assumed-role/admin/{HOSTILE[0]}"))
        cls.pages["history"] = folder / "history.html"
        page(cls.pages["history"], report(users), "--history", log)
        cls.pages["sample"] = folder / "sample.html"
        make(cls.pages["sample"])

    def assert_quiet(self, browser):
        self.assertEqual(browser.console(), [])
        self.assertEqual(browser.run("return performance.getEntriesByType('resource').length"), 0)

    def displayed(self, browser, selector):
        return browser.run(DISPLAYED, selector)

    def texts(self, browser, selector):
        return browser.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def test_opens_quietly_and_fits_any_screen(self):
        for width in (1280, 390, 320):
            for dark in (False, True):
                with Browser(width=width, dark=dark) as browser:
                    for of, path in self.pages.items():
                        with self.subTest(width=width, dark=dark, of=of):
                            browser.open(path)
                            browser.run("document.querySelector('#findings tbody a').click()")
                            self.assert_quiet(browser)
                            wide = browser.run("return document.documentElement.scrollWidth")
                            self.assertLessEqual(wide, width)
                            paper = browser.run("return getComputedStyle(document.body).backgroundColor")
                            self.assertEqual(paper == "rgb(255, 255, 255)", not dark)

    def test_verdict_and_seven_findings_are_on_the_first_screen(self):
        bottom = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom"
        with Browser(1280, 900) as browser:
            browser.open(self.pages["sample"])
            self.assertEqual(self.texts(browser, ".badge"), ["FAIL"])
            for part in ("h1", ".of", ".parts", "#findings tbody tr:nth-child(7)"):
                self.assertLessEqual(browser.run(bottom, part), 900, part)

    def test_phone_shows_cards_and_the_verdict_and_figures_first(self):
        with Browser(390, 844) as browser:
            browser.open(self.pages["sample"])
            script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.getBoundingClientRect().toJSON())"
            for part in ("h1", ".parts", "#findings-heading"):
                self.assertLessEqual(browser.run(script, part)[0]["bottom"], 844, part)
            cells = browser.run(script, "#findings tbody tr:first-child > *")
            self.assertEqual(len({cell["left"] for cell in cells}), 1, "one below the other")
            self.assertEqual(sorted(cells, key=lambda cell: cell["top"]), cells)
            label = "return getComputedStyle(document.querySelector('[data-label]'), '::before').content"
            self.assertEqual(browser.run(label), '"Access key"')

    def test_no_text_of_a_drawing_lies_across_another(self):
        for width in (1280, 1000, 390):
            with Browser(width=width) as browser:
                for of, path in self.pages.items():
                    browser.open(path)
                    for drawing in ("#window", ".axis"):
                        with self.subTest(width=width, of=of, drawing=drawing):
                            self.assertGreater(self.displayed(browser, drawing + " text"), 5)
                            self.assertEqual(browser.run(COLLISIONS, drawing), [])

    def test_names_are_whole(self):
        """They were cut at 18 characters, and told nowhere."""
        script = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.scrollWidth > e.clientWidth).length"
        for width in (1280, 390):
            with Browser(width=width) as browser:
                browser.open(self.pages["long"])
                for part in (".lane h3", "#findings th"):
                    self.assertEqual(browser.run(script, part), 0, part)

    def test_paper_is_white_whatever_the_screen_is(self):
        with Browser(dark=True) as browser:
            browser.open(self.pages[6])
            browser.show_as("print")
            for color, expected in (("backgroundColor", "rgb(255, 255, 255)"), ("color", "rgb(0, 0, 0)")):
                self.assertEqual(browser.run(f"return getComputedStyle(document.body).{color}"), expected)

    def test_text_of_others_stays_text(self):
        with Browser() as browser:
            browser.open(self.pages["hostile"])
            self.assert_quiet(browser)
            self.assertIsNone(browser.run("return window.hit ?? null"))
            reasons = self.texts(browser, "#exemptions td[data-label='Reason']")
            shown = {text.replace("\u2028", r"\u{2028}").replace("\u202e", r"\u{202e}") for text in HOSTILE[1::2]}
            self.assertEqual(set(reasons), shown)
            self.assertTrue(self.texts(browser, ".of dd")[0].startswith(HOSTILE[0]))

    def test_history_says_who_created_each_key_and_what_the_period_had(self):
        with Browser() as browser:
            browser.open(self.pages["history"])
            self.assert_quiet(browser)
            self.assertIsNone(browser.run("return window.hit ?? null"))
            flagged = [n for n in range(30) if is_flagged(n)]
            creators = self.texts(browser, "#findings [data-label='Who created it']")
            words = f"by the creator of the user, arn:aws:sts::111122223333:assumed-role/admin/{HOSTILE[0]} with terraform"
            self.assertEqual(creators, [words if n < 20 else "not in the log files" for n in flagged])
            keys = self.texts(browser, "#period tbody [data-label='Access key']")
            of_period = [f"AKIA{n:016}" for n in range(20) if SECONDS[n % len(SECONDS)] <= 60]
            self.assertEqual(sorted(keys), of_period, "used keys, too")

    def test_findings_are_sorted_by_keyboard(self):
        with Browser() as browser:
            browser.open(self.pages[100])
            column = self.texts(browser, "#findings thead th").index("Distance\u2195")
            browser.run("document.querySelector('#findings input').focus()")
            browser.press(*[TAB] * (column + 1), ENTER)
            seconds = "return [...document.querySelectorAll('#findings .distance')].map((e) => +e.dataset.sort)"
            up = browser.run(seconds)
            self.assertEqual(up, sorted(up))
            self.assertGreater(len(set(up)), 1)
            state = f"return document.querySelectorAll('#findings thead th')[{column}].getAttribute('aria-sort')"
            self.assertEqual(browser.run(state), "ascending")
            browser.press(ENTER)
            self.assertEqual(browser.run(seconds), sorted(up, reverse=True))
            self.assertEqual(browser.run(state), "descending")
            self.assert_quiet(browser)

    def test_filter_narrows_the_screen_and_not_the_paper(self):
        flagged = sum(is_flagged(n) for n in range(5_000))
        with Browser() as browser:
            browser.open(self.pages[5_000])
            self.assertEqual(self.displayed(browser, "#findings tbody tr"), 50)
            browser.run("document.querySelector('#findings input').focus()")
            browser.press(*"USER499")
            some = [n for n in range(5_000) if is_flagged(n) and "user499" in f"user{n}"]
            self.assertEqual(self.texts(browser, "#findings output"), [f"{len(some)} of {flagged:,} findings"])
            self.assertEqual(self.displayed(browser, "#findings tbody tr"), len(some))
            browser.show_as("print")
            self.assertEqual(self.displayed(browser, "#findings tbody tr"), flagged)
            self.assertEqual(self.displayed(browser, "input, select, button"), 0)
            self.assertEqual(self.displayed(browser, ".lane"), flagged)
            self.assertEqual(self.displayed(browser, "#commands ol"), flagged)

    def test_filter_finds_what_identifies_and_not_the_status(self):
        """The filter for `active` found `inactive`."""
        with Browser() as browser:
            browser.open(self.pages["sample"])
            for section, found in (("findings", "0 of 7 findings"), ("lanes", "0 of 38 users")):
                browser.run(f"document.querySelector('#{section} input').focus()")
                browser.press(*"active")
                self.assertEqual(self.texts(browser, f"#{section} output"), [found])

    def test_commands_unfold_and_are_copied_by_keyboard(self):
        command = "aws iam update-access-key --user-name anitha --access-key-id "
        with Browser() as browser:
            browser.open(self.pages["sample"])
            origin = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
            browser.chrome("Browser.grantPermissions", **origin)
            self.assertEqual(self.displayed(browser, "#commands, .open"), 0)
            browser.run("document.querySelector('#findings tbody a').focus()")
            browser.press(ENTER)
            self.assertEqual(self.displayed(browser, ".open"), 1)
            steps = self.texts(browser, ".open ol > li")
            self.assertEqual(len(steps), 2)
            self.assertTrue(steps[0].startswith(command) and "Undo: " + command in steps[0], steps)
            expanded = "return document.querySelector('#findings tbody a').getAttribute('aria-expanded')"
            self.assertEqual(browser.run(expanded), "true")
            browser.press(TAB, ENTER)
            browser.wait_until("return document.activeElement.textContent === 'Copied'")
            browser.run("document.querySelector('#findings input').focus()")
            browser.press_together(CONTROL, "v")
            pasted = browser.run("return document.querySelector('#findings input').value")
            self.assertTrue(pasted.startswith(command) and pasted.endswith(" --status Inactive"), pasted)
            # the filter changed: what was open is closed
            self.assertEqual(self.displayed(browser, ".open"), 0)
            self.assertEqual(browser.run(expanded), "false")

    def test_pages_are_turned_by_keyboard(self):
        with Browser() as browser:
            browser.open(self.pages[5_000])
            first = browser.run("return document.querySelector('.lane:not(.off) h3').textContent")
            self.assertEqual(self.displayed(browser, ".lane"), 25)
            browser.run("document.querySelector('#lanes .pages button:last-of-type').focus()")
            browser.press(ENTER)
            self.assertEqual(self.texts(browser, "#lanes .pages span"), ["page 2 of 200"])
            self.assertEqual(self.displayed(browser, ".lane"), 25)
            self.assertNotEqual(first, browser.run("return document.querySelector('.lane:not(.off) h3').textContent"))

    def test_every_control_is_reached_by_keyboard_and_shows_it(self):
        reached = """
        const at = document.activeElement;
        at.dataset.reached = "";
        return at.matches(":focus-visible") && getComputedStyle(at).outlineStyle !== "none";
        """
        controls = "a, button:not(:disabled), input, select, summary"
        missed = f"return [...document.querySelectorAll('{controls}')]"
        missed += ".filter((e) => e.checkVisibility() && e.dataset.reached === undefined).map((e) => e.outerHTML)"
        for of in ("sample", "accounts"):
            with Browser() as browser:
                browser.open(self.pages[of])
                for _ in range(self.displayed(browser, controls)):
                    browser.press(TAB)
                    self.assertTrue(browser.run(reached), browser.run("return document.activeElement.outerHTML"))
                self.assertEqual(browser.run(missed), [])

    def test_number_of_an_account_shows_its_findings(self):
        with Browser() as browser:
            browser.open(self.pages["accounts"])
            rows = self.texts(browser, "#accounts tbody th")
            self.assertEqual(set(rows), set(ACCOUNTS))
            numbers = [int(number) for number in self.texts(browser, "#accounts .flag")]
            self.assertEqual(numbers, sorted(numbers, reverse=True))
            browser.run("[...document.querySelectorAll('#accounts .flag')].at(-1).focus()")
            browser.press(ENTER)
            shown = "return [...document.querySelectorAll('#findings tbody tr:not(.off) [data-label=Account]')]"
            accounts = browser.run(shown + ".map((e) => e.textContent)")
            self.assertEqual(accounts, [rows[-1]] * numbers[-1])

    def test_all_is_there_without_scripts(self):
        flagged = sum(is_flagged(n) for n in range(100))
        with Browser(scripts=False) as browser:
            browser.open(self.pages[100])
            # scripts of the page are off, those of the test are not
            self.assertEqual(self.displayed(browser, "#findings tbody tr"), flagged)
            self.assertEqual(self.displayed(browser, "#commands ol"), flagged)
            self.assertEqual(self.displayed(browser, ".lane"), 100)
            self.assertEqual(self.displayed(browser, "input, select, button"), 0)
            browser.run("document.querySelector('#findings tbody tr:last-child a').focus()")
            browser.press(ENTER)
            in_sight = "const box = document.querySelector(':target').getBoundingClientRect(); "
            self.assertTrue(browser.run(in_sight + "return box.top >= 0 && box.bottom <= innerHeight"))

    def test_everything_has_a_name_for_a_screen_reader(self):
        named = {"searchbox", "combobox", "button", "link", "image", "img", "region", "table", "columnheader", "heading"}
        for of in ("sample", "accounts"):
            with Browser() as browser:
                browser.open(self.pages[of])
                browser.run("document.querySelector('#findings tbody a').click()")
                nodes = browser.chrome("Accessibility.getFullAXTree")["nodes"]
                nodes = [node for node in nodes if not node["ignored"]]
                role = lambda node: node.get("role", {}).get("value")  # noqa: E731
                name = lambda node: node.get("name", {}).get("value")  # noqa: E731
                for node in nodes:
                    if role(node) in named:
                        self.assertTrue(name(node), node)
                roles = {role(node) for node in nodes}
                self.assertLessEqual({"banner", "main", "contentinfo", "rowheader", "cell"} | named - {"img"}, roles | {"img"})
                # they were announced as "User up-down-arrow"
                buttons = {name(node) for node in nodes if role(node) == "button"}
                self.assertLessEqual({"User", "Distance", "Last used"}, buttons)
                self.assertFalse([button for button in buttons if "\u2195" in button])
                headings = [node for node in nodes if role(node) == "heading"]
                levels = [
                    value["value"]["value"]
                    for node in headings
                    for value in node["properties"]
                    if value["name"] == "level"
                ]
                self.assertEqual(levels[0], 1)
                self.assertTrue(all(after <= before + 1 for before, after in zip(levels, levels[1:])), levels)

    def test_cards_are_still_a_table_for_a_screen_reader(self):
        with Browser(390, 844) as browser:
            browser.open(self.pages["sample"])
            nodes = browser.chrome("Accessibility.getFullAXTree")["nodes"]
            roles = [node.get("role", {}).get("value") for node in nodes if not node["ignored"]]
            self.assertLessEqual({"table", "row", "rowheader", "cell"}, set(roles))
            self.assertGreaterEqual(roles.count("rowheader"), 7)


if __name__ == "__main__":
    unittest.main()
