"""`setupkey history` beside an independent oracle on sqlite3, on random lives of accounts.

The records are shuffled, some are there twice, and they are split over files in any way.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import unittest
from pathlib import Path

import oracle
import trail

WORKSPACE = Path(__file__).resolve().parents[2]
SETUPKEY = WORKSPACE / "target/debug/setupkey"
LIVES = int(os.environ.get("LIVES", "40"))


def history(folder: Path, *arguments: str) -> dict:
    command = [SETUPKEY, "history", folder, "--format", "json", *arguments]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return json.loads(run.stdout)


def done(member: dict | None) -> tuple | None:
    return member and (member["time"] and oracle.seconds(member["time"]), member["by"])


def compared(document: dict) -> list[dict]:
    """The episodes, as far as the oracle has an opinion."""
    found = []
    for episode in document["episodes"]:
        keys = {}
        for key in episode["keys"]:
            fate_time = key["fateTime"] and oracle.seconds(key["fateTime"])
            members = ("by", "secondsAfterUser", "createdWithUser", "sameActor", "selfMade")
            keys[key["accessKeyId"]] = {
                **{member: key[member] for member in members},
                "time": oracle.seconds(key["time"]),
                "fate": (key["fate"], fate_time, key["fateBy"]),
            }
        exemptions = [
            (oracle.seconds(change["time"]), change["by"], [(tag["key"], tag["value"]) for tag in change["tags"]])
            for change in episode["exemptions"]
        ]
        password = episode["consolePassword"]
        found.append(
            {
                "accountId": episode["accountId"],
                "names": [*episode["formerNames"], episode["userName"]],
                "userId": episode["userId"],
                "created": done(episode["created"]),
                "password": done(password),
                "keys": keys,
                "exemptions": sorted(exemptions, key=repr),
                "deleted": done(episode["deleted"]),
                "violation": episode["violation"],
            }
        )
    return sorted(found, key=lambda episode: (episode["created"][0], episode["userId"]))


class History(unittest.TestCase):
    maxDiff = 4_000

    def test_episodes_are_those_of_the_oracle(self) -> None:
        violations = 0
        for seed in range(LIVES):
            rng = random.Random(seed)
            records = trail.live(seed)
            window, all_users = rng.choice([0, 17, 60, 86_400]), rng.random() < 0.3
            scope = "all-users" if all_users else "console-users"
            with tempfile.TemporaryDirectory() as folder, self.subTest(seed=seed):
                trail.write(Path(folder), records, rng)
                document = history(Path(folder), "--setup-window-seconds", str(window), "--scope", scope)
                expected = oracle.episodes(records, window, all_users)
                self.assertEqual(compared(document), expected)
                self.assertTrue(document["summary"]["complete"])
                coverage = document["coverage"]
                left = sum(coverage["recordsNotUsed"].values())
                self.assertEqual(coverage["records"], coverage["recordsUsed"] + left)
                violations += document["summary"]["violations"]
        self.assertGreater(violations, LIVES)

    def test_a_missing_record_is_noticed(self) -> None:
        records = trail.live(1)
        created = next(record for record in records if record["eventName"] == "CreateLoginProfile")
        with tempfile.TemporaryDirectory() as folder:
            trail.write(Path(folder), [record for record in records if record is not created], random.Random(1))
            self.assertNotEqual(compared(history(Path(folder))), oracle.episodes(records))


if __name__ == "__main__":
    unittest.main()
