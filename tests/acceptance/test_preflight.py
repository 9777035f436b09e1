"""The preflight sees what would stop a deployment, and says what to do. A refusal creates nothing."""

from __future__ import annotations

import unittest
from collections.abc import Callable

import main
import preflight
import worlds
from clean import clean
from stand_in import ACCOUNT_ID, REGION, StandIn, refuse
from test_clean import quietly

CUSTOMER = {"name": "default", "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}}


def recorder(**more: object) -> Callable[[StandIn], None]:
    return lambda world: setattr(world.services, "recorder", CUSTOMER | more)


def instead(operation: str, answer: Callable[[dict], dict | None]) -> Callable[[StandIn], None]:
    return lambda world: world.instead.setdefault(operation, []).append(answer)


def denied(action: str, by_scp: bool) -> Callable[[StandIn], None]:
    return lambda world: world.services.denied.update({action: by_scp})


def full(world: StandIn) -> None:
    world.changed["iam:GetAccountSummary"] = [
        lambda answer, _: answer["SummaryMap"].update(Users=4995, UsersQuota=5000)
    ]


GROUP = "recordingGroup"
IAM_LEFT_OUT = {"allSupported": True, "includeGlobalResourceTypes": False}
EXCLUDED = {
    "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
    "exclusionByResourceTypes": {"resourceTypes": ["AWS::IAM::User"]},
}
LISTED = {"recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}, "resourceTypes": ["AWS::IAM::User"]}
DAILY = {
    "recordingFrequency": "CONTINUOUS",
    "recordingModeOverrides": [{"resourceTypes": ["AWS::IAM::User"], "recordingFrequency": "DAILY"}],
}
OFF = {"ConfigurationRecordersStatus": [{"name": "default", "recording": False}]}
FAILED = {
    "DeliveryChannelsStatus": [
        {"configHistoryDeliveryInfo": {"lastStatus": "Failure", "lastErrorMessage": "no access"}}
    ]
}

# What is so; what the finding is called; whether it fits; what it says.
SITUATIONS: list[tuple[Callable[[StandIn], None], str, bool | None, str]] = [
    (lambda world: None, "recorder", True, "`default` is on"),
    (lambda world: setattr(world.services, "recorder", None), "recorder", False, "no recorder"),
    (recorder(servicePrincipal="securityhub.amazonaws.com"), "recorder", False, "only the recorder of securityhub"),
    (instead("config:DescribeConfigurationRecorderStatus", lambda _: OFF), "recorder", False, "`default` is off"),
    (recorder(**{GROUP: IAM_LEFT_OUT}), "recording of users", False, "leaves AWS::IAM::User out"),
    (recorder(**{GROUP: EXCLUDED}), "recording of users", False, "leaves AWS::IAM::User out"),
    (recorder(**{GROUP: LISTED}), "recording of users", True, "continuous"),
    (recorder(recordingMode=DAILY), "recording of users", None, "daily"),
    (instead("config:DescribeDeliveryChannels", lambda _: {"DeliveryChannels": []}), "delivery", False, "no delivery channel"),
    (instead("config:DescribeDeliveryChannelStatus", lambda _: FAILED), "delivery", False, "no access"),
    (denied("iam:CreateRole", False), "permissions", False, "not allowed: iam:CreateRole"),
    (denied("iam:CreateUser", True), "permissions", False, "a service control policy denies iam:CreateUser"),
    (instead("iam:SimulatePrincipalPolicy", refuse("AccessDenied")), "permissions", None, "IAM answers AccessDenied"),
    (lambda world: world.services.roles.update({"setupkey-remediate": {"path": "/"}}), "names", False, "taken: role setupkey-remediate"),
    (full, "users", False, "4995 of 5000"),
    (instead("config:DescribeDeliveryChannels", refuse("AccessDeniedException")), "delivery", None, "AccessDeniedException to DescribeDeliveryChannels"),
]  # fmt: skip


class Situations(unittest.TestCase):
    def test_each_is_seen_and_has_something_to_do(self) -> None:
        for is_so, what, fits, says in SITUATIONS:
            with self.subTest(what=what, says=says):
                world = worlds.stand_in()
                is_so(world)
                findings = preflight.look(world.account(), ACCOUNT_ID, for_kit=True)
                [finding] = [finding for finding in findings if finding.what == what]
                self.assertEqual(finding.fits, fits, finding)
                self.assertIn(says, finding.found)
                self.assertEqual(
                    bool(finding.todo),
                    fits is not True and "answers" not in finding.found or "not simulated" in finding.found,
                    finding,
                )
                self.assertIn(finding.found, preflight.text(findings))
                writes = [
                    call
                    for call in world.calls
                    if not call.split(":")[1].startswith(("Get", "List", "Describe", "Simulate"))
                ]
                self.assertEqual(writes, [])
                world.close()

    def test_a_problem_refuses_the_run(self) -> None:
        world = worlds.stand_in()
        world.services.recorder = None
        code, results, printed = worlds.run(world)
        self.assertEqual((code, results), (2, {}))
        self.assertIn("nothing was created", printed)
        self.assertEqual(worlds.left(world), [])
        world.close()

    def test_a_region_that_cannot_record_users_is_a_problem(self) -> None:
        world = worlds.stand_in()
        account = world.account()
        account.region = "eu-central-2"
        self.assertFalse(preflight.region(account).fits)
        account.region = REGION
        self.assertTrue(preflight.region(account).fits)
        world.close()

    def test_preflight_alone_asks_less_and_creates_nothing(self) -> None:
        world = worlds.stand_in()
        self.assertEqual(quietly(main.do_preflight, world.account(), ACCOUNT_ID), 0)
        self.assertEqual(quietly(main.do_preflight, world.account(), "444455556666"), 2)
        self.assertEqual(clean(world.account(), ACCOUNT_ID).removed, [])
        world.close()


class Agreement(unittest.TestCase):
    def test_only_the_typed_account_is_touched(self) -> None:
        world = worlds.stand_in()
        self.assertEqual(quietly(main.do_run, world.account(), "444455556666", world.artifacts, main.told), 2)
        self.assertEqual(set(world.calls), {"sts:GetCallerIdentity"})
        world.close()

    def test_the_plan_says_what_and_how_much_and_no_means_no(self) -> None:
        world = worlds.stand_in()
        shown: list[str] = []
        code = quietly(
            main.do_run, world.account(), ACCOUNT_ID, world.artifacts, lambda plan: shown.append(plan) and False
        )
        self.assertEqual(code, 2)
        for piece in [
            "11 IAM users below /setupkey-acceptance/",
            "1 other users",
            "8 CloudWatch::Alarm",
            "at most 32 cents",
        ]:
            self.assertIn(piece, shown[0])
        self.assertEqual(worlds.left(world), [])
        world.close()


if __name__ == "__main__":
    unittest.main()
