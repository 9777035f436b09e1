"""Every command of a page works here, or is known to need something that is not here: AWS, the network, another tool.

- `setupkey` runs in a folder with the files that the pages name. Without AWS a live command gets as far as the login.
- `aws` is compared with the service models: operations, options, and the options that it needs.
- `make` names targets of the Makefile; `check` runs them, or `NOT_IN_CHECK` says why it does not.
- The demo of the README runs.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.session import Session
from test_pages import FRONT, PAGES

WORKSPACE = Path(__file__).resolve().parents[2]
BUILT = WORKSPACE / "target/debug"
REPORT = WORKSPACE / "crates/setupkey/tests/reports/cis-sample.csv"

# Why a target on a page is not part of `make check`.
NOT_IN_CHECK = {
    "acceptance": "needs AWS; `test` runs it against stand-ins",
    "acceptance-clean": "needs AWS; `test` runs it against stand-ins",
    "acceptance-organization": "needs AWS; `test` runs it against stand-ins",
    "advisories": "needs the network beyond the package registries",
    "artifacts": "builds for Lambda, then copies; tests/template/test_artifacts.py runs the copying",
    "bench": "takes half an hour",
    "build": "builds for Lambda; tests/supply_chain does that with its flags",
    "check": "it is it",
    "demo": "`Demo` runs it",
    "deploy": "needs AWS",
    "dist": "takes an hour; tests/template/test_dist.py runs what it writes",
    "faults": "`check` runs the cases, and compares the page",
    "fuzz": "takes as long as one likes",
    "invoke": "needs a port of its own for `cargo lambda watch`",
    "member": "tests/template/test_org.py compares what it writes",
    "mutants": "takes an hour",
    "sample": "tests/page/test_sample.py compares what it writes",
    "preflight": "needs AWS; `test` runs it against stand-ins",
    "pins": "needs the network; tests/supply_chain/test_pins.py checks what it writes",
}
# Programs that are not here or need AWS, and why no test runs what a page shows of them.
OTHER = {
    "cargo": "builds or tests this workspace, as `make check` does",
    "cdk": "needs an app",
    "cfn-guard": "tests/guard runs it on these rules",
    "gh": "needs a release",
    "sam": "needs AWS or Docker",
    "sha256sum": "needs a release",
    "tar": "needs a release",
    "terraform": "needs providers",
}
# What the AWS CLI adds to the operations of the services.
CUSTOM = {"s3 cp", "s3 sync", "cloudformation deploy", "cloudtrail validate-logs", "sso login", "login"}
GLOBAL_OPTIONS = {"query", "output", "profile", "region"}
SERVICES = {"configservice": "config", "s3api": "s3"}

HEADS = re.compile(rf"(?:\.venv/bin/)?(?:setupkey|aws|make|{'|'.join(OTHER)}) +\S")


def commands(page: str) -> list[tuple[str, bool]]:
    """The commands of a page, and whether each stands in a block: there it is whole, in a sentence it may be cut."""
    fences = re.findall(r"^```\w*\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    page = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    lines = re.sub(r"\\\n\s*", " ", "\n".join([*fences, *re.findall(r"^ {4,}(\S.*(?:\\\n.*)*)$", page, re.MULTILINE)]))
    lines = re.sub(r"'[^'\n]*\n[^']*'", "'.'", lines)  # a filter of jq over several lines
    found = []
    for line in lines.splitlines():
        for part in re.split(r"\s(?:&&|\|)\s", re.sub(r"\s+# .*|;$", "", line.strip())):
            found.append((re.sub(r" > \S+$| [<>] .*$", "", part.strip()), True))
    found += [(" ".join(code.split()), False) for code in re.findall(r"`([^`]+)`", page)]
    return [(command, whole) for command, whole in found if HEADS.match(command)]


def of(program: str) -> list[tuple[str, list[str], bool]]:
    """The page, the words and the wholeness of each command of a program."""
    return [
        (page.name, shlex.split(command)[1:], whole)
        for page in PAGES
        for command, whole in commands(page.read_text())
        if command.split()[0].removeprefix(".venv/bin/") == program
    ]


def faults_of_aws(words: list[str], whole: bool) -> list[str]:
    """What the AWS CLI would not take of these words."""
    name = " ".join(words[:1] if words[0] in CUSTOM else words[:2])
    if name in CUSTOM:
        return []
    service = SERVICES.get(words[0], words[0])
    if service not in Session().get_available_services():
        return [f"no service `{words[0]}`"]
    model = Session().get_service_model(service)
    operations = {xform_name(each, "-"): each for each in model.operation_names}
    if words[1] not in operations:
        return [f"no operation `{name}`"]
    shape = model.operation_model(operations[words[1]]).input_shape
    members = {xform_name(member, "-"): member for member in (shape.members if shape else {})}
    given = {word[2:] for word in words if word.startswith("--")} - GLOBAL_OPTIONS
    needed = {option for option, member in members.items() if member in shape.required_members} if shape else set()
    missing = needed - given if whole else set()
    unknown = {each for each in given if each not in members and each.removeprefix("no-") not in members}
    return [f"`{name}` has no `--{each}`" for each in sorted(unknown)] + [f"`{name}` needs `--{each}`" for each in sorted(missing)]


class Aws(unittest.TestCase):
    def test_every_operation_and_option_exists(self) -> None:
        found = of("aws")
        self.assertGreater(len(found), 40)
        for page, words, whole in found:
            with self.subTest(page, command=" ".join(words)):
                self.assertEqual(faults_of_aws(words, whole), [])

    def test_a_mistake_is_found(self) -> None:
        for command, expected in [
            ("iam get-user --user NAME", "`iam get-user` has no `--user`"),
            ("iam tell-user", "no operation `iam tell-user`"),
            ("iam tag-user --user-name NAME", "`iam tag-user` needs `--tags`"),
        ]:
            self.assertEqual(faults_of_aws(command.split(), whole=True), [expected])


@cache
def options(command: str) -> set[str]:
    """The options of a command of `setupkey`."""
    text = subprocess.run([BUILT / "setupkey", command, "--help"], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"(--[a-z][\w-]*)", text))


class Setupkey(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        report = REPORT.read_bytes()
        (self.folder / "report.csv").write_bytes(report)
        encoded = subprocess.run(["base64", "-w0", REPORT], check=True, capture_output=True, text=True).stdout
        answer = {"Content": encoded, "ReportFormat": "text/csv", "GeneratedTime": "2026-11-22T06:00:00+00:00"}
        (self.folder / "report.json").write_text(json.dumps(answer))
        (self.folder / "accounts.txt").write_text("111122223333\n")
        for name in ["old", "new", "OLD", "NEW", "2026-10", "2026-11"]:
            self.run_command(["audit", "--credential-report", "report.csv", "--output", f"{name}.json"], inputs="")
        for folder in ["stacks", "logs"]:
            (self.folder / folder).mkdir()
        for template in ["template.yaml", "stacks/template.yaml"]:
            shutil.copy(WORKSPACE / "template.yaml", self.folder / template)
        (self.folder / "logs/trail.json").write_text('{"Records": []}')
        baseline = self.run_command(["check-template", "--format", "json", "template.yaml"], inputs="").stdout
        (self.folder / "setupkey-baseline.json").write_text(baseline)

    def run_command(self, words: list[str], inputs: str) -> subprocess.CompletedProcess:
        words = [str(self.folder / "man1") if word.startswith("/usr/") else word for word in words]
        environment = {"HOME": str(self.folder), "AWS_EC2_METADATA_DISABLED": "true"}
        return subprocess.run(
            [BUILT / "setupkey", *words], cwd=self.folder, env=environment, input=inputs, capture_output=True, text=True
        )

    def test_every_command_of_a_block_runs(self) -> None:
        found = [(page, words) for page, words, whole in of("setupkey") if whole]
        self.assertGreater(len(found), 25)
        plan = json.dumps({"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {}, "resource_changes": []})
        for page, words in found:
            with self.subTest(page, command=" ".join(words)):
                ran = self.run_command(words, plan if words[0] == "check-template" else '{"Records": []}')
                offline = words[0] not in {"audit", "explain", "history"} or "--credential-report" in words or words[:2] == ["history", "logs"]
                if offline:
                    self.assertNotIn("error: ", ran.stderr)
                    self.assertIn(ran.returncode, {0, 1, 2} if words[0] == "history" else {0, 1}, ran.stderr)
                else:
                    self.assertNotIn("Usage:", ran.stderr)

    def test_every_option_in_a_sentence_exists(self) -> None:
        for page, words, whole in of("setupkey"):
            if not whole and words and not words[0].startswith("-"):
                given = {word for word in words[1:] if word.startswith("--")}
                self.assertLessEqual(given, options(words[0]), f"{page}: setupkey {' '.join(words)}")


class Make(unittest.TestCase):
    def test_check_runs_every_target_or_it_is_known_why_not(self) -> None:
        makefile = (WORKSPACE / "Makefile").read_text()
        rules = dict(re.findall(r"^([a-z][a-z-]*):([^=\n]*(?:\n\t.*|\n[a-z]+def.*|\nelse.*|\nendif.*)*)", makefile, re.MULTILINE))
        reached, left = set(), ["check"]
        while left:
            target = left.pop()
            if target in rules and target not in reached:
                reached.add(target)
                rule = rules[target]
                left += rule.split("##")[0].split("\n")[0].split() + re.findall(r"\$\(MAKE\) ([a-z-]+)", rule)
        self.assertIn("second-opinion", reached)
        for page, words, _ in of("make"):
            for target in [word for word in words[:1] if re.fullmatch(r"[a-z-]+", word)]:
                self.assertIn(target, rules, page)
                self.assertTrue(target in reached or target in NOT_IN_CHECK, f"`make {target}` in {page}")
        self.assertEqual(set(NOT_IN_CHECK) - set(rules), set())

    def test_every_variable_is_one_of_the_makefile(self) -> None:
        makefile = (WORKSPACE / "Makefile").read_text()
        for page, words, _ in of("make"):
            for name in [word.partition("=")[0] for word in words if "=" in word]:
                self.assertRegex(makefile, rf"\$\({name}\)", page)


class Demo(unittest.TestCase):
    def test_the_readme_shows_what_the_demo_prints(self) -> None:
        ran = subprocess.run(
            [BUILT / "examples/demo", BUILT / "config-rule", BUILT / "remediate", "events/scheduled.json"],
            cwd=WORKSPACE, check=True, capture_output=True, text=True,
        )  # fmt: skip
        printed = [" ".join(line.split()) for line in ran.stdout.splitlines()]
        shown = re.search(r"It prints this, shortened:\n\n((?: {4}.*\n)+)", FRONT.read_text())[1]
        lines = [" ".join(line.split()) for line in shown.splitlines()]
        self.assertGreater(len(lines), 5)
        self.assertEqual([line for line in lines if not any(each.startswith(line) for each in printed)], [])


if __name__ == "__main__":
    unittest.main()
