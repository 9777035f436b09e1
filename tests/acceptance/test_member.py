"""The kit in a member account of an organization: it tries what is there, and removes its users only."""

from __future__ import annotations

import unittest

from stand_in import REGION, StandIn
from story import MEMBER
from test_failures import changed, instead
from worlds import left, outside, run, stand_in

TOPIC = f"arn:aws:sns:{REGION}:444455556666:alerts"


def member() -> StandIn:
    world = stand_in()
    world.services.join_organization(TOPIC)
    world.sleep(300)
    return world


class Member(unittest.TestCase):
    def test_every_check_passes_and_the_deployment_stays(self) -> None:
        world = member()
        before, deployed = outside(world), left(world)
        code, results, _ = run(world, in_member=True)
        self.assertEqual({number: result.said for number, result in results.items() if result.outcome != "PASS"}, {})
        self.assertEqual((code, results.keys()), (0, {step.number for step in MEMBER} - {None}))
        self.assertEqual((outside(world), left(world)), (before, deployed))
        self.assertNotIn("cloudformation:CreateStack", world.calls)
        world.close()

    def test_without_the_functions_nothing_is_created(self) -> None:
        world = stand_in()
        code, results, _ = run(world, in_member=True)
        self.assertEqual((code, left(world)), (1, []))
        self.assertIn("follow docs/organization.md", results[None].said)
        self.assertNotIn("iam:CreateUser", world.calls)
        world.close()

    def test_the_checks_of_a_member_account_can_fail(self) -> None:
        unfit = lambda answer, _: answer["Stacks"][0].update(StackStatus="UPDATE_ROLLBACK_COMPLETE")  # noqa: E731
        others = {"ConfigRules": []}
        pending = lambda answer, _: [
            result.update(Annotation=result.get("Annotation", "") + " [alert pending]")
            for result in answer["EvaluationResults"]
        ]  # noqa: E731
        for number, breaks, says in [
            (54, changed("cloudformation:DescribeStacks", unfit), "is UPDATE_ROLLBACK_COMPLETE"),
            (45, instead("config:DescribeConfigRules", lambda _: others), "0 rules have the name"),
            (55, changed("config:GetComplianceDetailsByConfigRule", pending), "could not publish to the central topic"),
        ]:
            with self.subTest(number):
                world = member()
                breaks(world)
                code, results, _ = run(world, in_member=True)
                self.assertEqual((code, results[number].outcome), (1, "FAIL"))
                self.assertIn(says, results[number].said)
                world.close()


if __name__ == "__main__":
    unittest.main()
