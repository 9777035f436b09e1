"""Nothing stays, however a run ends, and no user outside of the kit's path is ever changed."""

from __future__ import annotations

import contextlib
import io
import random
import signal
import unittest

import main
import worlds
from account import Account
from clean import clean
from names import PATH, TAG
from stand_in import ACCOUNT_ID, Killed, StandIn
from users import Key, NotOurs, User, Users

# Paths that are not below the kit's, however near.
OTHER_PATHS = ["/", "/setupkey-acceptance-2/", "/teams/setupkey-acceptance/", "/Setupkey-Acceptance/", "/setupkey/"]
OUR_PATHS = [PATH, f"{PATH}protected/", f"{PATH}a/b/"]


def quietly(call, *arguments):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return call(*arguments)


class Ends(unittest.TestCase):
    def test_killed_at_ten_random_moments_nothing_stays_after_the_clean_up(self) -> None:
        # a whole run makes more calls than that; the last of them remove the stacks
        moments = sorted(random.Random(18).sample(range(20, 460), 10))
        for moment in moments:
            with self.subTest(moment=moment):
                world = worlds.stand_in()
                before = worlds.outside(world)
                world.kill_at = moment
                with self.assertRaises(Killed):
                    worlds.run(world)
                world.kill_at = None
                self.assertEqual(quietly(main.do_clean, world.account(), ACCOUNT_ID), 0)
                self.assertEqual(worlds.left(world), [])
                self.assertEqual(worlds.outside(world), before)
                self.assertEqual(quietly(main.do_clean, world.account(), ACCOUNT_ID), 0, "a second time")
                world.close()

    def test_told_to_end_the_run_removes_everything_itself(self) -> None:
        def interrupt(*_: object) -> None:
            raise main.Interrupted

        for signal_number, moment in [(signal.SIGTERM, 60), (signal.SIGINT, 250)]:
            with self.subTest(signal_number.name):
                world = worlds.stand_in()
                world.at_call = (moment, lambda number=signal_number: signal.raise_signal(number))
                signal.signal(signal.SIGTERM, interrupt)
                code, results, printed = worlds.run(world)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                self.assertEqual(code, 1)
                self.assertIn("interrupted: removing what was created", printed)
                self.assertLess(len(results), 51)
                self.assertEqual(worlds.left(world), [])
                self.assertEqual(len(list(world.reports.glob("report-*.md"))), 1, "what was proved until then")
                world.close()

    def test_a_run_does_not_begin_on_what_another_left(self) -> None:
        world = worlds.stand_in(
            {"userName": "old", "path": PATH, "createDate": "2024-01-01T00:00:00Z", "tags": {TAG: "1"}}
        )
        code, results, printed = worlds.run(world)
        self.assertEqual((code, results), (2, {}))
        self.assertIn(f"an earlier run left user old: make acceptance-clean ACCOUNT={ACCOUNT_ID}", printed)
        self.assertEqual([call for call in world.calls if "Create" in call or "Delete" in call], [])
        world.close()


def random_users(chance: random.Random) -> list[dict]:
    """An account's users: some of the kit, others near to it."""
    users = []
    for number in range(chance.randrange(12)):
        is_near = chance.random() < 0.7
        user = {
            "userName": f"{chance.choice(['setupkey-acceptance', 'ops', 'Ada'])}-{number}",
            "path": chance.choice(OUR_PATHS if is_near else OTHER_PATHS),
            "createDate": "2024-01-01T00:00:00Z",
            "tags": {chance.choice([TAG, TAG, "team", TAG.upper(), f"{TAG}-2"]): "x"} if chance.random() < 0.8 else {},
            "accessKeys": [{"createDate": "2024-01-01T00:00:01Z"} for _ in range(chance.randrange(3))],
        }
        if chance.random() < 0.5:
            user["loginProfile"] = {"createDate": "2024-01-01T00:00:05Z"}
        users.append(user)
    return users


class OtherUsers(unittest.TestCase):
    def test_only_users_with_path_and_tag_are_removed_from_random_accounts(self) -> None:
        removed = kept = 0
        for seed in range(25):
            world = StandIn(random_users(random.Random(seed)))
            before = world.state()["users"]
            cleaned = clean(world.account(), ACCOUNT_ID)
            ours = [user for user in before if user["path"].startswith(PATH) and TAG in user["tags"]]
            with self.subTest(seed=seed):
                self.assertEqual(world.state()["users"], [user for user in before if user not in ours])
                self.assertEqual(cleaned.removed, [f"user {user['userName']}" for user in sorted(ours, key=by_name)])
                untagged = [user for user in before if user["path"].startswith(PATH) and user not in ours]
                self.assertEqual(len(cleaned.left), len(untagged), "those below the path without the tag are reported")
            removed, kept = removed + len(ours), kept + len(before) - len(ours)
            world.close()
        self.assertGreater(min(removed, kept), 20)

    def test_no_write_reaches_a_user_outside(self) -> None:
        for path, tags in [("/", {TAG: "x"}), (PATH, {}), ("/setupkey-acceptance-2/", {TAG: "x"})]:
            other = {"userName": "other", "path": path, "createDate": "2024-01-01T00:00:00Z", "tags": tags}
            other["accessKeys"] = [{"accessKeyId": "AKIAEXAMPLE000000001", "createDate": "2024-01-01T00:00:01Z"}]
            world = StandIn([other])
            before = world.state()["users"]
            account: Account = world.account()
            users, user = Users(account, "run"), User("other", "AIDAEXAMPLE0000000001", "", account.clock.now())
            key = Key("AKIAEXAMPLE000000001", account.clock.now())
            for write in (
                lambda: users.add_key(user),
                lambda: users.add_password(user),
                lambda: users.set_status(user, key, "Inactive"),
                lambda: users.tag(user, {"a": "b"}),
                lambda: users.delete("other"),
            ):
                with self.assertRaises(NotOurs):
                    write()
            self.assertEqual(world.state()["users"], before)
            world.close()

    def test_things_with_the_kit_s_names_and_without_its_tag_stay(self) -> None:
        world = worlds.stand_in()
        services = world.services
        name = f"setupkey-acceptance-{ACCOUNT_ID}-us-east-1"
        services.buckets[name] = {"tags": [], "objects": {"theirs": ""}}
        services.log_groups["setupkey-acceptance-theirs"] = {"events": [], "tags": [], "stack": ""}
        cleaned = clean(world.account(), ACCOUNT_ID)
        self.assertEqual(cleaned.removed, [])
        self.assertEqual(len(cleaned.left), 2, cleaned.left)
        self.assertEqual(worlds.left(world), [name, "setupkey-acceptance-theirs"])
        world.close()

    def test_nothing_is_removed_with_credentials_of_another_account(self) -> None:
        world = worlds.stand_in(
            {"userName": "old", "path": PATH, "createDate": "2024-01-01T00:00:00Z", "tags": {TAG: "1"}}
        )
        self.assertEqual(quietly(main.do_clean, world.account(), "444455556666"), 2)
        self.assertEqual(len(world.state()["users"]), 2)
        self.assertEqual(world.calls, ["sts:GetCallerIdentity"])
        world.close()


def by_name(user: dict) -> str:
    return user["userName"].lower()


if __name__ == "__main__":
    unittest.main()
