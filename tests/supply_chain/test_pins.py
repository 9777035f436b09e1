"""What is installed is what was pinned: Python's packages by their hashes."""

from __future__ import annotations

import re
import subprocess
import unittest
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2]
PINS = sorted((WORKSPACE / "requirements").glob("*.txt"))


def unpinned(text: str) -> list[str]:
    """The requirements of a file without an exact version or without a hash."""
    requirements = re.sub(r"\\\n\s*", "", text).splitlines()
    pinned = re.compile(r"[A-Za-z0-9._-]+==[^\s;]+( ; [^-]+?)?( --hash=sha256:[0-9a-f]{64})+")
    return [line for line in requirements if line.strip() and not pinned.fullmatch(re.sub(r"\s+", " ", line).strip())]


def named(path: Path) -> set[str]:
    """The packages that a file names."""
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:[<>=!~]|$)", path.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


class Pins(unittest.TestCase):
    def test_every_package_has_a_version_and_a_hash(self) -> None:
        self.assertEqual(len(PINS), 5)
        for path in PINS:
            self.assertEqual(unpinned(path.read_text()), [], path.name)

    def test_a_package_without_a_hash_is_found(self) -> None:
        text = PINS[0].read_text() + "\nleft-pad==1.0\n"
        self.assertEqual(unpinned(text), ["left-pad==1.0"])
        self.assertEqual(unpinned("left-pad>=1.0 \\\n    --hash=sha256:" + "0" * 64), ["left-pad>=1.0 --hash=sha256:" + "0" * 64])

    def test_every_package_that_is_asked_for_is_pinned(self) -> None:
        for path in PINS:
            self.assertLessEqual(named(path.with_suffix(".in")), named(path), path.name)

    def test_pip_installs_by_hash_and_builds_nothing(self) -> None:
        commands = subprocess.run(
            ["make", "--dry-run", "--always-make", *(f".venv{name}/ready" for name in ["", "-acceptance", "-audit", "-checkov", "-moto"])],
            cwd=WORKSPACE, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        installations = [line for line in commands.splitlines() if " pip install " in line]
        self.assertEqual(len(installations), len(PINS))
        for line in installations:
            for flag in ["--require-hashes", "--only-binary :all:", "--no-deps"]:
                self.assertIn(f" {flag} ", line)

    def test_nothing_else_installs_python_packages(self) -> None:
        found = re.findall(r"^.*pip install.*$", (WORKSPACE / "Makefile").read_text(), re.MULTILINE)
        self.assertEqual(len(found), 1, found)


class Advisories(unittest.TestCase):
    def test_advisories_are_looked_up_by_a_workflow_and_not_by_the_check(self) -> None:
        self.assertIn("run: make advisories\n", (WORKSPACE / ".github/workflows/advisories.yml").read_text())
        [prerequisites] = re.findall(r"^check: (.*?) ##", (WORKSPACE / "Makefile").read_text(), re.MULTILINE)
        self.assertNotIn("advisories", prerequisites)


if __name__ == "__main__":
    unittest.main()
