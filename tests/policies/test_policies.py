"""The policies of the folder `policies`: structure, a linter's findings, and the promises of its page.

What the policies do in an account is not tested: there is none.
"""

import json
import re
import unittest
from pathlib import Path

import parliament

WORKSPACE = Path(__file__).resolve().parents[2]
POLICIES = WORKSPACE / "policies"
EXCEPTION_POLICIES = ["exceptions-identity.json", "exceptions-scp.json"]


def read(name: str) -> dict:
    return json.loads((POLICIES / name).read_text())


class Policies(unittest.TestCase):
    def test_every_policy_is_on_the_page_and_the_other_way_round(self) -> None:
        named = set(re.findall(r"^\| `(.+?\.json)` \|", (POLICIES / "README.md").read_text(), re.MULTILINE))
        self.assertEqual(named, {path.name for path in POLICIES.glob("*.json")})

    def test_linter_finds_nothing(self) -> None:
        for path in sorted(POLICIES.glob("*.json")):
            with self.subTest(path.name):
                findings = parliament.analyze_policy_string(path.read_text()).findings
                self.assertEqual([str(finding) for finding in findings], [])

    def test_linter_would_find_a_mistake(self) -> None:
        mistaken = (POLICIES / "access-keys-scp.json").read_text().replace("CreateAccessKey", "CreateAcessKey")
        issues = [finding.issue for finding in parliament.analyze_policy_string(mistaken).findings]
        self.assertIn("UNKNOWN_ACTION", issues)

    def test_every_statement_denies_and_allows_nothing(self) -> None:
        for path in POLICIES.glob("*.json"):
            for statement in read(path.name)["Statement"]:
                self.assertEqual((path.name, statement["Effect"]), (path.name, "Deny"))

    def test_exception_tags_are_denied_by_their_full_keys_without_case(self) -> None:
        source = (WORKSPACE / "crates/rule/src/exception.rs").read_text()
        endings = re.findall(r'"(\w+)"', re.search(r"ENDINGS: .*= \[(.+)\];", source).group(1))
        prefix = re.search(
            r'exception_tag_prefix: Some\("(.+?)"', (WORKSPACE / "crates/rule/src/parameters.rs").read_text()
        ).group(1)
        for name in EXCEPTION_POLICIES:
            with self.subTest(name):
                [statement] = read(name)["Statement"]
                self.assertEqual(sorted(statement["Action"]), ["iam:CreateUser", "iam:TagUser", "iam:UntagUser"])
                keys = statement["Condition"]["ForAnyValue:StringEqualsIgnoreCase"]["aws:TagKeys"]
                self.assertEqual(keys, [f"{prefix}:{ending}" for ending in endings])
                self.assertFalse(any("*" in key for key in keys))

    def test_the_tags_of_the_remediation_are_denied_by_no_policy(self) -> None:
        source = (WORKSPACE / "crates/rule/src/remediation.rs").read_text()
        prefix = re.search(r'DEACTIVATED_TAG_PREFIX: &str = "(.+?)"', source).group(1)
        for name in EXCEPTION_POLICIES:
            [statement] = read(name)["Statement"]
            for keys in statement["Condition"]["ForAnyValue:StringEqualsIgnoreCase"].values():
                self.assertFalse([key for key in keys if key.lower().startswith(prefix.lower())], name)
        # no policy of the folder takes away what the remediation does to keys
        for path in POLICIES.glob("*.json"):
            for statement in read(path.name)["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                self.assertFalse({"iam:UpdateAccessKey", "iam:DeleteAccessKey"} & set(actions), path.name)

    def test_only_service_control_policies_leave_somebody_out(self) -> None:
        for name, role in [
            ("exceptions-identity.json", None),
            ("exceptions-scp.json", "setup-key-exceptions"),
            ("access-keys-scp.json", "access-key-vending"),
        ]:
            [statement] = read(name)["Statement"]
            condition = statement["Condition"].get("ArnNotLike")
            expected = role and {"aws:PrincipalArn": f"arn:*:iam::*:role/{role}"}
            self.assertEqual((name, condition), (name, expected))


if __name__ == "__main__":
    unittest.main()
