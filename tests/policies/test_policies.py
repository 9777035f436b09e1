"""The policies of the folder `policies`: structure, a linter's findings, and the promises of its page.

What the policies do in an account is not tested: there is none.
"""

import itertools
import json
import re
import unittest
from fnmatch import fnmatchcase
from pathlib import Path

import parliament

WORKSPACE = Path(__file__).resolve().parents[2]
POLICIES = WORKSPACE / "policies"
EXCEPTION_POLICIES = ["exceptions-identity.json", "exceptions-scp.json"]


KEY_ID = "AKIAMXAETJUQ23Z3M5B2"


def read(name: str) -> dict:
    return json.loads((POLICIES / name).read_text())


def statement_of(name: str, sid: str) -> dict:
    [statement] = [each for each in read(name)["Statement"] if each["Sid"] == sid]
    return statement


def casings(prefix: str) -> set[str]:
    """Some ways to write a prefix: IAM takes each of them for the same tag key."""
    ways = [str, str.upper, str.title, str.swapcase]
    return {
        "-".join(way(word) for way, word in zip(mix, prefix.split("-")))
        for mix in itertools.product(ways, repeat=len(prefix.split("-")))
    }


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

    def test_exemption_tags_are_denied_by_their_full_keys_without_case(self) -> None:
        source = (WORKSPACE / "crates/rule/src/exemption.rs").read_text()
        endings = re.findall(r'"(\w+)"', re.search(r"ENDINGS: .*= \[(.+)\];", source).group(1))
        prefix = re.search(
            r'exception_tag_prefix: Some\("(.+?)"', (WORKSPACE / "crates/rule/src/parameters.rs").read_text()
        ).group(1)
        for name in EXCEPTION_POLICIES:
            with self.subTest(name):
                statement = statement_of(name, "LeaveExemptionTagsToTheirRole")
                self.assertEqual(sorted(statement["Action"]), ["iam:CreateUser", "iam:TagUser", "iam:UntagUser"])
                keys = statement["Condition"]["ForAnyValue:StringEqualsIgnoreCase"]["aws:TagKeys"]
                # an approver is optional, and must not be invented either
                self.assertEqual(set(keys), {f"{prefix}:{ending}" for ending in {*endings, "approver"}})
                self.assertFalse(any("*" in key for key in keys))

    def test_the_tags_of_the_remediation_are_denied_in_any_case(self) -> None:
        for name in EXCEPTION_POLICIES:
            statement = statement_of(name, "LeaveKeyTagsToTheRemediation")
            self.assertEqual(sorted(statement["Action"]), ["iam:CreateUser", "iam:TagUser", "iam:UntagUser"])
            patterns = statement["Condition"]["ForAnyValue:StringLike"]["aws:TagKeys"]
            for prefix in ["setup-key-notice", "setup-key-deactivated"]:
                # IAM documents key IDs of 16 to 128 characters
                for key_id in [KEY_ID, KEY_ID.lower(), "A" * 16, "A" * 128]:
                    for written in casings(prefix):
                        self.assertTrue(any(fnmatchcase(f"{written}:{key_id}", each) for each in patterns), written)
            for other in ["owner", "cost-center", "setup-key-exception:owner", "setup-key-notice", "team-app-backup:1"]:
                self.assertFalse(any(fnmatchcase(other, each) for each in patterns), other)

    def test_the_remediation_writes_its_tags_under_every_policy(self) -> None:
        template = (WORKSPACE / "template.yaml").read_text()
        role = re.search(r"RoleName: (setupkey-remediate) ", template).group(1)
        condition = statement_of("exceptions-scp.json", "LeaveKeyTagsToTheRemediation")["Condition"]["ArnNotLike"]
        self.assertTrue(condition["aws:PrincipalArn"][0].endswith(f":role/{role}"))
        # no policy of the folder takes away what the remediation does to keys
        for path in POLICIES.glob("*.json"):
            for statement in read(path.name)["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                self.assertFalse({"iam:UpdateAccessKey", "iam:DeleteAccessKey"} & set(actions), path.name)

    def test_only_service_control_policies_leave_a_role_out_and_only_that_of_a_named_account(self) -> None:
        for name, roles in [
            ("exceptions-identity.json", [None, None]),
            ("exceptions-scp.json", ["setup-key-exceptions", "setupkey-remediate"]),
            ("access-keys-scp.json", ["access-key-vending"]),
        ]:
            for statement, role in zip(read(name)["Statement"], roles, strict=True):
                condition = statement["Condition"].get("ArnNotLike")
                # `*` for the account would leave out a role that any administrator can make
                expected = role and {"aws:PrincipalArn": [f"arn:*:iam::111122223333:role/{role}"]}
                self.assertEqual((name, condition), (name, expected))

    def test_the_functions_and_their_roles_are_left_to_the_stackset(self) -> None:
        template = (WORKSPACE / "template.yaml").read_text()
        names = set(re.findall(r"(?:RoleName|FunctionName): (setupkey-[\w-]+) ", template))
        own = statement_of("remediation-scp.json", "LeaveFunctionsAndRolesToTheStackSet")
        for name in names - {"setupkey-remediate-automation"}:
            for kind in ["iam::*:role/", "lambda:*:*:function:"]:
                self.assertIn(f"arn:*:{kind}{name}", own["Resource"])
        for action in ["iam:UpdateAssumeRolePolicy", "iam:PassRole", "iam:CreateRole", "lambda:UpdateFunctionCode"]:
            self.assertIn(action, own["Action"])

    def test_the_role_that_is_left_out_in_any_account_is_one_that_nobody_there_can_make(self) -> None:
        own = statement_of("remediation-scp.json", "LeaveFunctionsAndRolesToTheStackSet")
        roles = statement_of("remediation-scp.json", "LeaveTheRoleOfTheStackSetToItsService")
        self.assertEqual(own["Condition"], {"ArnNotLike": {"aws:PrincipalArn": [roles["Resource"]]}})
        self.assertNotIn("Condition", roles)
        self.assertEqual([each for each in own["Action"] if each.startswith("iam:")], roles["Action"])


if __name__ == "__main__":
    unittest.main()
