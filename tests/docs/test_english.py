"""Pages, help, strings and templates keep to the words of `english.py`, and spell them right."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

from english import MAX_WORDS_OF_A_SENTENCE, descriptions, documentation, found, long_sentences, prose, strings
from samtranslator.yaml_helper import yaml_parse
from test_pages import PAGES

WORKSPACE = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for crate in ["crates/rule", "crates/aws", "crates/lambda", "crates/history", "crates/template", "crates/setupkey"]
    + ["functions/config-rule", "functions/remediate"]
    for path in (WORKSPACE / crate / "src").rglob("*.rs")
    if path.name not in {"tests.rs", "fixtures.rs"}
) + [WORKSPACE / "crates/local-aws/examples/demo.rs"]
TEMPLATES = [
    *sorted(WORKSPACE.glob("*.yaml")),
    *sorted(WORKSPACE.glob("org/*.yaml")),
    *sorted(WORKSPACE.glob("packs/*.yaml")),
]
FORMS = sorted((WORKSPACE / ".github/ISSUE_TEMPLATE").glob("*.yml"))
COMMAND = WORKSPACE / "target/debug/setupkey"


def latest(changelog: str) -> str:
    """What is not released yet: an entry that was released stays as it is."""
    return changelog.partition("## [Unreleased]")[2].partition("\n## [")[0]


def helps(*command: str) -> str:
    """The help of a command and of the commands below it."""
    text = subprocess.run([COMMAND, *command, "--help"], check=True, capture_output=True, text=True).stdout
    below = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    names = re.findall(r"^  (\w[\w-]*) ", below[1], re.MULTILINE) if below else []
    return text + "".join(helps(*command, name) for name in names if name != "help")


def texts() -> dict[str, str]:
    """Every text that a person reads, by where it is."""
    pages = {page: page.read_text() for page in PAGES}
    found = {page: prose(latest(text) if page.name == "CHANGELOG.md" else text) for page, text in pages.items()}
    found |= {source: strings(source.read_text()) for source in SOURCES}
    found |= {template: "\n".join(descriptions(yaml_parse(template.read_text()))) for template in TEMPLATES}
    targets = re.findall(r"^[a-z-]+:.*?## (.*)", (WORKSPACE / "Makefile").read_text(), re.MULTILINE)
    forms = "".join(form.read_text() for form in FORMS)
    found |= {WORKSPACE / "Makefile": "\n".join(targets), FORMS[0].parent: re.sub(r"^ *id: .*", "", forms, flags=re.MULTILINE)}
    found[COMMAND] = re.sub(r"--[\w-]+", "", helps())
    return {str(path.relative_to(WORKSPACE)): re.sub(r"`[^`]*`", "``", text) for path, text in found.items()}


class Words(unittest.TestCase):
    def test_every_text_keeps_to_the_words(self) -> None:
        everything = texts()
        self.assertGreater(len(everything), 120)
        self.assertEqual([path for path, text in everything.items() if not path.endswith(".rs") and len(text) < 50], [])
        for path, text in everything.items():
            with self.subTest(path):
                self.assertEqual(found(text), [])

    def test_every_doc_comment_and_name_of_a_test_keeps_to_the_words(self) -> None:
        sources = [path for folder in ["crates", "functions", "tests"] for path in (WORKSPACE / folder).rglob("*.rs")]
        self.assertGreater(len(sources), 250)
        for path in sources:
            with self.subTest(str(path.relative_to(WORKSPACE))):
                self.assertEqual(found(documentation(path.read_text())), [])

    def test_no_sentence_of_a_page_is_too_long(self) -> None:
        for page in PAGES:
            with self.subTest(page.name):
                self.assertEqual(long_sentences(page.read_text()), [])

    def test_a_wrong_word_is_found_and_code_is_not(self) -> None:
        self.assertEqual(len(found("Whoever is excepted has ids that nobody holds")), 4)
        self.assertEqual(found(prose("`exceptionTagPrefix` is a prefix; see [that](exceptions.md).\n\n    excepted ids\n")), [])
        self.assertEqual(found("an ID, and there is none; two keys are told apart"), [])
        rust = """
            let text = "no user was told"; // "nobody"
            let (quote, raw) = ('"', r#"the "key" was made"#);
            let long = "the report is \\
                unread";
            #[cfg(test)]
            """.replace("            #", "#") + 'mod tests {\n"was told so";'
        self.assertEqual(len(found(strings(rust))), 3)
        rust = "    /// Who was told,\n    /// by `nobody`.\n    #[test]\n    fn nobody_has_an_id() {} // nobody\n"
        self.assertEqual(len(found(documentation(rust))), 2)
        template = {"Parameters": {"Id": {"Description": "an id", "Default": "an id"}}}
        self.assertEqual(list(descriptions(template)), ["an id"])

    def test_a_long_sentence_is_found_and_a_table_is_not(self) -> None:
        words = "word " * (MAX_WORDS_OF_A_SENTENCE + 1)
        self.assertEqual(len(long_sentences(f"Short.\n\n- {words}.\n\n| {words} |\n\n    {words}\n")), 1)


class Spelling(unittest.TestCase):
    def codespell(self, arguments: list[str], text: str | None = None) -> None:
        command = [WORKSPACE / ".venv/bin/codespell", "--ignore-words-list", "awsome,crate,inforce,mitre,paeth,ser", *arguments]
        checked = subprocess.run(command, cwd=WORKSPACE, input=text, capture_output=True, text=True)
        self.assertEqual(checked.stdout, "")

    def test_no_word_of_a_file_is_misspelled(self) -> None:
        patterns = ["*.md", "*.rs", "*.yaml", "*.py", "*.toml"]
        listed = subprocess.run(["git", "ls-files", *patterns], cwd=WORKSPACE, check=True, capture_output=True, text=True)
        self.codespell(listed.stdout.split())

    def test_every_text_is_spelled_in_the_american_way(self) -> None:
        self.codespell(["--builtin", "en-GB_to_en-US", "-"], "\n".join(texts().values()))


if __name__ == "__main__":
    unittest.main()
