"""The pages hold together: links lead somewhere, commands exist, tables say what the code says.

What they say in words is not tested.
"""

from __future__ import annotations

import re
import unittest
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2]
FRONT = WORKSPACE / "README.md"
PAGES = [
    *sorted(WORKSPACE.glob("*.md")),
    *sorted((WORKSPACE / "docs").glob("*.md")),
    *sorted((WORKSPACE / "policies").rglob("*.md")),
]


def links(text: str) -> list[str]:
    """Where a page leads to, code left out."""
    text = re.sub(r"^(?:    |```)(?:.*\n)+?(?=^(?!    )|```)", "", text, flags=re.MULTILINE)
    return re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path, text: str) -> list[str]:
    """The links of a page that lead nowhere. Other sites are not asked."""
    found = []
    for link in links(text):
        target, _, anchor = link.partition("#")
        if re.match(r"https?://|mailto:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists():
            found.append(f"`{link}` leads to no file")
        elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text()):
            found.append(f"`{link}` leads to no heading")
    return found


class Links(unittest.TestCase):
    def test_every_link_leads_somewhere(self) -> None:
        self.assertGreater(len(PAGES), 10)
        for page in PAGES:
            with self.subTest(page.name):
                self.assertEqual(broken(page, page.read_text()), [])

    def test_a_link_to_no_file_is_found(self) -> None:
        self.assertEqual(broken(FRONT, "see [that](docs/missing.md)\n"), ["`docs/missing.md` leads to no file"])

    def test_a_link_to_no_heading_is_found(self) -> None:
        self.assertEqual(broken(FRONT, "[that](#missing)\n"), ["`#missing` leads to no heading"])
        self.assertEqual(
            broken(FRONT, "[that](docs/operate.md#missing)\n"), ["`docs/operate.md#missing` leads to no heading"]
        )

    def test_the_readme_links_every_page(self) -> None:
        linked = {link.partition("#")[0] for link in links(FRONT.read_text())}
        for page in PAGES:
            if page != FRONT:
                self.assertIn(str(page.relative_to(WORKSPACE)), linked)


class Unproved(unittest.TestCase):
    """A page marks a statement that only AWS can prove by its number in `docs/unproved.md`."""

    def test_every_number_is_in_the_list(self) -> None:
        listed = set(re.findall(r"^\| (\d+) \|", (WORKSPACE / "docs/unproved.md").read_text(), re.MULTILINE))
        mark = re.compile(r"\]\((?:docs/|\.\./docs/)?unproved\.md\)\s+\(?(\d+(?:(?:,| and| to)\s+\d+)*)")
        marks = [number for page in PAGES for found in mark.findall(page.read_text()) for number in re.findall(r"\d+", found)]
        self.assertGreater(len(marks), 10)
        self.assertEqual(set(marks) - listed, set())


class Guards(unittest.TestCase):
    def test_every_test_of_a_guard_exists(self) -> None:
        page = (WORKSPACE / "CONTRIBUTING.md").read_text()
        section = page.partition("## Guards of the remediation")[2].partition("\n## ")[0]
        named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", section))
        self.assertGreater(len(named), 30)
        sources = [WORKSPACE / "crates/rule/src/remediation/tests.rs", WORKSPACE / "functions/remediate/src/run.rs"]
        sources += (WORKSPACE / "tests/system").glob("*.rs")
        written = set(re.findall(r"fn (\w+)\(", "".join(source.read_text() for source in sources)))
        self.assertEqual(named - written, set())


class Commands(unittest.TestCase):
    def test_every_make_target_that_a_page_names_exists(self) -> None:
        makefile = (WORKSPACE / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
        for page in PAGES:
            for named in re.findall(r"(?:^    |`)make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE):
                self.assertIn(named, targets, page.name)

    def test_every_file_that_a_command_names_exists(self) -> None:
        for page in PAGES:
            for named in re.findall(r"--template-file (\S+)|file://(\S+)|EVENT=(\S+?)`", page.read_text()):
                path = "".join(named)
                self.assertTrue((WORKSPACE / path).exists(), f"{path} in {page.name}")

    def test_parameters_that_a_command_gives_are_the_template_s(self) -> None:
        command = re.compile(r"--template-file (\S+) \\\n\s+--parameter-overrides ((?:.*\\\n)*.*)")
        found = [match for page in PAGES for match in command.findall(page.read_text())]
        self.assertGreaterEqual(len(found), 3)
        for template, overrides in found:
            declared = re.search(r"^Parameters:\n(.*?)^\w", (WORKSPACE / template).read_text(), re.M | re.S)[1]
            names = set(re.findall(r"^  (\w+):$", declared, re.MULTILINE))
            self.assertLessEqual(set(re.findall(r"(\w+)=", overrides)), names, template)


class Tables(unittest.TestCase):
    def test_every_error_type_is_explained(self) -> None:
        for function, page, heading in [
            ("config-rule", "docs/operate.md", "When an invocation fails"),
            ("remediate", "docs/remediation.md", "When it fails"),
        ]:
            source = (WORKSPACE / f"functions/{function}/src/run.rs").read_text()
            variants = re.search(r"enum ErrorType \{\n(.*?)\n\}", source, re.DOTALL)[1]
            listed = re.findall(r"^    (\w+),$", variants, re.MULTILINE)
            self.assertGreater(len(listed), 5, function)
            table = section((WORKSPACE / page).read_text(), heading)
            self.assertEqual(re.findall(r"^\| `([A-Z]\w+)` \| [^|]+ \| [^|]+ \|$", table, re.M), listed, page)

    def test_every_metric_is_explained(self) -> None:
        source = (WORKSPACE / "functions/config-rule/src/metrics.rs").read_text()
        counted = re.search(r"let counts = \[(.*?)\];", source, re.DOTALL)[1]
        constants = re.findall(r'const (?!NAMESPACE)\w+: &str = "(\w+)";', source)
        names = {*re.findall(r'\("(\w+)", self', counted), *constants, "Seconds"}
        page = section((WORKSPACE / "docs/operate.md").read_text(), "Metrics and logs")
        rows = re.findall(r"^\| (`.+?`) \| `(?:Rule|FunctionName)` \|", page, re.MULTILINE)
        self.assertEqual({name for row in rows for name in re.findall(r"`(\w+)`", row)}, names)

    def test_the_costs_are_what_the_prices_make_them(self) -> None:
        page = section((WORKSPACE / "docs/cost.md").read_text(), "Evaluations")
        rows = re.findall(r"^\| ([\d,]+) \| (.+) \|$", page, re.MULTILINE)
        self.assertGreaterEqual(len(rows), 5)
        for users, cells in rows:
            self.assertEqual(cells.split(" | "), costs(int(users.replace(",", ""))), users)


def costs(users: int) -> list[str]:
    """A row of the table: the usual rule, then ours, for each `refreshAfterDays`, daily and hourly."""
    row = [f"${price(users * runs):,.2f}" for runs in (30, 720)]
    for days in (1, 7, 30):
        refreshes = 30 / days
        daily, hourly = (price(users * refreshes + runs - refreshes) for runs in (30, 720))
        row.append(f"${daily:,.2f} to ${hourly:,.2f}")
    return row


def price(evaluations: float) -> float:
    """Dollars for the rule evaluations of a month in a region (AWS Config pricing)."""
    tiers = [(100_000, 0.001), (400_000, 0.0008), (float("inf"), 0.0005)]
    total = 0.0
    for size, each in tiers:
        total += min(evaluations, size) * each
        evaluations = max(0, evaluations - size)
    return total


def section(text: str, heading: str) -> str:
    """The part of a page below a heading that begins so."""
    return re.search(rf"^## {heading}.*?\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


if __name__ == "__main__":
    unittest.main()
