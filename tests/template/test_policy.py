"""The functions may do what they do, and nothing else. Each mistake is planted and has to be found."""

from __future__ import annotations

import re
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from deployed import WORKSPACE, read
from policy import EVERYTHING, called, granted, violations


class Policy(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.calls = called(WORKSPACE / "target/exchanges")

    def setUp(self) -> None:
        self.template = read()

    def found(self, expected: str, function: str = "config-rule") -> None:
        found = violations(self.template, self.calls)
        self.assertIn(f"{expected} ({function})", found)

    def also_called(self, action: str) -> None:
        self.calls = {**self.calls, "config-rule": self.calls["config-rule"] | {action}}

    def statement(self, sid: str, role: str = "ConfigRuleFunctionRole") -> dict:
        [policy] = self.template["Resources"][role]["Properties"]["Policies"]
        [statement] = [each for each in policy["PolicyDocument"]["Statement"] if each.get("Sid") == sid]
        return statement

    def test_actions_granted_are_the_operations_called(self) -> None:
        self.assertEqual(violations(self.template, self.calls), [])

    def test_a_superfluous_action_is_found(self) -> None:
        self.statement("ReadUsers")["Action"].append("iam:ListMFADevices")
        self.found("`iam:ListMFADevices` is granted, and no run calls it")

    def test_a_missing_action_is_found(self) -> None:
        self.statement("ReadUsers")["Action"].remove("iam:GetLoginProfile")
        self.found("`iam:GetLoginProfile` is called, and not granted")

    def test_an_operation_that_the_function_begins_to_call_is_found(self) -> None:
        self.also_called("iam:ListGroupsForUser")
        self.found("`iam:ListGroupsForUser` is called, and not granted")

    def test_a_write_to_iam_is_found(self) -> None:
        self.statement("ReadUsers")["Action"].append("iam:UpdateAccessKey")
        self.also_called("iam:UpdateAccessKey")
        self.found("`iam:UpdateAccessKey` is no read of IAM")

    def test_a_wildcard_in_an_action_is_found(self) -> None:
        self.statement("ReadAccount")["Action"].append("iam:Get*")
        self.found("`iam:Get*` is more than one action")

    def test_a_resource_wider_than_need_be_is_found(self) -> None:
        self.statement("ReadUsers")["Resource"] = "*"
        self.found("`iam:GetUser` is granted on `*`")

    def test_a_resource_where_aws_knows_none_is_found(self) -> None:
        statement = self.statement("ReadAccount")
        statement["Resource"] = self.statement("Alert")["Resource"] = "topic"
        self.found("`iam:ListUsers` is granted on `topic`")

    def test_a_managed_policy_is_found(self) -> None:
        role = self.template["Resources"]["ConfigRuleFunctionRole"]["Properties"]
        role["ManagedPolicyArns"] = ["ReadOnlyAccess"]
        found = violations(self.template, self.calls)
        self.assertIn("`ConfigRuleFunctionRole` has policies that do not stand in the template", found)

    def test_without_recorded_calls_nothing_is_proven(self) -> None:
        with TemporaryDirectory() as empty:
            for folder in [Path(empty), Path(empty) / "missing"]:
                with self.assertRaisesRegex(FileNotFoundError, "run `make test` first"):
                    called(folder)

    def test_what_one_function_calls_is_not_granted_to_the_other(self) -> None:
        self.statement("ReadAccount")["Action"].append("iam:DeleteAccessKey")
        self.found("`iam:DeleteAccessKey` is granted, and no run calls it")
        self.found("`iam:DeleteAccessKey` is no read of IAM")

    def test_a_function_without_recorded_calls_is_found(self) -> None:
        self.calls = {"config-rule": self.calls["config-rule"]}
        self.found("`iam:UpdateAccessKey` is granted, and no run calls it", "remediate")

    def test_a_tag_beside_those_of_keys_is_found(self) -> None:
        for condition in ["ForAllValues:StringLike", "Null"]:
            self.template = read()
            del self.statement("TagKeys", "RemediateFunctionRole")["Condition"][condition]
            self.found("`iam:TagUser` is not limited to the tags of keys", "remediate")

    def test_a_write_beside_the_three_is_found(self) -> None:
        self.statement("DeactivateKeys", "RemediateFunctionRole")["Action"].append("iam:DeleteLoginProfile")
        self.found("`iam:DeleteLoginProfile` is no read of IAM", "remediate")

    def test_keys_are_deleted_only_where_the_parameter_says_so(self) -> None:
        for allowed, expected in [({}, False), ({"AllowKeyDeletion": "true"}, True)]:
            actions = [action for action, _ in granted(self.template, "remediate", **allowed)]
            self.assertEqual("iam:DeleteAccessKey" in actions, expected)

    def test_the_pages_give_a_reason_for_each_action(self) -> None:
        for page, function in [("docs/deploy.md", "config-rule"), ("docs/remediation.md", "remediate")]:
            section = (WORKSPACE / page).read_text().partition("\n## What it may do\n")[2]
            rows = [line for line in section.partition("\n#")[0].splitlines() if line.startswith("| `")]
            documented = [action for row in rows for action in re.findall(r"`(\w+:\w+)`", row.split("|")[1])]
            actions = [action for action, _ in granted(self.template, function, **EVERYTHING)]
            self.assertEqual(sorted(documented), sorted(actions), page)


if __name__ == "__main__":
    unittest.main()
