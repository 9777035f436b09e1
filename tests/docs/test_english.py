"""Pages, help, strings and templates keep to the words of `english.py`, and spell them right."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

from english import found, prose, strings
from test_pages import PAGES

WORKSPACE = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for crate in ["crates/rule", "crates/aws", "crates/lambda", "crates/history", "crates/template", "crates/setupkey"]
    + ["functions/config-rule", "functions/remediate"]
    for path in (WORKSPACE / crate / "src").rglob("*.rs")
    if path.name not in {"tests.rs", "fixtures.rs"}
)
TEMPLATES = [WORKSPACE / "template.yaml", *sorted(WORKSPACE.glob("org/*.yaml")), *sorted(WORKSPACE.glob("packs/*.yaml"))]
COMMAND = WORKSPACE / "target/debug/setupkey"


def latest(changelog: str) -> str:
    """What is not released yet: an entry that was released stays as it is."""
    return changelog.partition("## [Unreleased]")[2].partition("\n## [")[0]


def descriptions(template: str) -> str:
    """What the console shows of a template: descriptions and messages."""
    return "\n".join(re.findall(r"(?:Description|AlarmDescription|AssertDescription|ConstraintDescription): (?:>-\n)?(.+(?:\n {8,}\S.*)*)", template))


def helps(*command: str) -> str:
    """The help of a command and of the commands below it."""
    text = subprocess.run([COMMAND, *command, "--help"], check=True, capture_output=True, text=True).stdout
    below = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    names = re.findall(r"^  (\w[\w-]*) ", below[1], re.MULTILINE) if below else []
    return text + "".join(helps(*command, name) for name in names if name != "help")


class Words(unittest.TestCase):
    def test_every_page(self) -> None:
        for page in PAGES:
            text = page.read_text()
            with self.subTest(page.name):
                self.assertEqual(found(prose(latest(text) if page.name == "CHANGELOG.md" else text)), [])

    def test_every_string_of_the_code(self) -> None:
        self.assertGreater(len(SOURCES), 60)
        for source in SOURCES:
            with self.subTest(str(source.relative_to(WORKSPACE))):
                self.assertEqual(found(strings(source.read_text())), [])

    def test_every_description_of_a_template(self) -> None:
        for template in TEMPLATES:
            with self.subTest(template.name):
                self.assertEqual(found(descriptions(template.read_text())), [])

    def test_the_help_of_every_command(self) -> None:
        text = helps()
        self.assertIn("--setup-window-seconds", text)
        self.assertEqual(found(re.sub(r"`[^`]*`|--[\w-]+", "", text)), [])

    def test_a_wrong_word_is_found_and_code_is_not(self) -> None:
        self.assertEqual(len(found("Whoever is excepted has ids that nobody holds")), 4)
        self.assertEqual(found(prose("`exceptionTagPrefix` is a prefix; see [that](exceptions.md).\n\n    excepted ids\n")), [])
        self.assertEqual(found("an ID, and there is none"), [])
        self.assertEqual(len(found(strings('let text = "no user was told";\n#[cfg(test)]\nmod tests {\n"was told so";'))), 1)


class Spelling(unittest.TestCase):
    def test_no_word_is_misspelled(self) -> None:
        files = subprocess.run(["git", "ls-files", "*.md", "*.rs", "*.yaml", "*.py", "*.toml"], cwd=WORKSPACE,
                               check=True, capture_output=True, text=True).stdout.split()  # fmt: skip
        checked = subprocess.run([WORKSPACE / ".venv/bin/codespell", "--ignore-words-list", "awsome,crate,inforce,paeth,ser", *files],
                                 cwd=WORKSPACE, capture_output=True, text=True)  # fmt: skip
        self.assertEqual(checked.stdout, "")


if __name__ == "__main__":
    unittest.main()
