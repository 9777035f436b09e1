"""A second opinion on what CloudTrail records tell, in SQL: written from the issue's words, not from the Rust.

A user holds its name from CreateUser, or a rename, to the next DeleteUser, or rename, of that name. What is done under
the name in that time is done to the user. Times are whole seconds; within one, calls are in an order that IAM can have
taken: what undoes comes before CreateUser, everything else after.
"""

from __future__ import annotations

import datetime
import json
import re
import sqlite3

SCHEMA = """
CREATE TABLE record (
  account TEXT, second INTEGER, created INTEGER, rank INTEGER, event TEXT, name TEXT, new_name TEXT, key TEXT,
  status TEXT, user_id TEXT, by TEXT, session TEXT, acting_id TEXT, request TEXT, event_id TEXT,
  UNIQUE (account, event_id)
);
CREATE TABLE held (user TEXT, account TEXT, name TEXT, shown TEXT, since INTEGER, until INTEGER);
"""

RANKS = {"DeleteAccessKey": 0, "DeleteLoginProfile": 1, "DeleteUser": 2, "UpdateUser": 3, "CreateUser": 4}


def response_time(text: str | None) -> int | None:
    if text is None:
        return None
    if "T" in text:
        return seconds(text)
    month, day, year, hour, minute, second, half = re.match(
        r"(\w{3}) (\d+), (\d+),? (\d+):(\d+):(\d+)\s(AM|PM)", text
    ).groups()
    month = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month) // 3 + 1
    hour = int(hour) % 12 + (12 if half == "PM" else 0)
    time = datetime.datetime(int(year), month, int(day), hour, int(minute), int(second), tzinfo=datetime.timezone.utc)
    return int(time.timestamp())


def seconds(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def load(records: list[dict]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    for record in records:
        identity, request = record["userIdentity"], record["requestParameters"] or {}
        if record["eventSource"] != "iam.amazonaws.com" or record.get("errorCode"):
            continue
        if identity["type"] == "Root" and "userName" not in request:
            continue
        answer = next(iter((record["responseElements"] or {}).values()), {})
        name = answer.get("userName") or request.get("userName") or identity.get("userName")
        new_name = request.get("newUserName")
        second = seconds(record["eventTime"])
        database.execute(
            "INSERT OR IGNORE INTO record VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                record["recipientAccountId"],
                second,
                response_time(answer.get("createDate")) or second,
                RANKS.get(record["eventName"], 5),
                record["eventName"],
                name and name.lower(),
                new_name and new_name.lower(),
                answer.get("accessKeyId") or request.get("accessKeyId"),
                request.get("status"),
                answer.get("userId"),
                identity.get("arn") or identity.get("invokedBy") or identity.get("principalId"),
                identity.get("accessKeyId"),
                identity.get("principalId") if identity["type"] == "IAMUser" else None,
                json.dumps({"request": request, "shown": new_name or name}),
                record["eventID"],
            ),
        )
    return database


def hold(database: sqlite3.Connection) -> None:
    """Who held which name, and when: follows each user from its creation through its renames."""
    created = database.execute(
        "SELECT account, event_id, name, second, request FROM record WHERE event = 'CreateUser' ORDER BY second"
    ).fetchall()
    for account, user, name, since, request in created:
        shown = json.loads(request)["shown"]
        while True:
            # a DeleteUser in the second of the creation was of the user before
            after = database.execute(
                "SELECT second, event, new_name, request FROM record WHERE account = ? AND name = ? AND second > ?"
                " AND (event = 'DeleteUser' OR event = 'UpdateUser') ORDER BY second LIMIT 1",
                (account, name, since),
            ).fetchone()
            until = after[0] if after else None
            database.execute(
                "INSERT INTO held VALUES (?,?,?,?,?,?)", (user, account, name, shown, since, until)
            )
            if after is None or after[1] == "DeleteUser":
                break
            since, _, name, request = after
            shown = json.loads(request)["shown"]


# What was done under a name while a user held it. In the last second of a name what undoes is of its holder, and
# everything else is of the next one if there is one.
DONE = """
WITH done AS (
  SELECT held.user AS user, record.* FROM record JOIN held
  ON record.account = held.account AND record.name = held.name
  AND record.second >= held.since AND (held.until IS NULL OR record.second <= held.until)
  AND NOT (record.second = held.since AND record.rank < 3 AND record.event != 'DeleteUser' AND EXISTS (
    SELECT 1 FROM held AS earlier WHERE earlier.account = held.account AND earlier.name = held.name
    AND earlier.until = held.since AND earlier.user != held.user))
  AND NOT (record.second = held.since AND record.event IN ('DeleteUser', 'UpdateUser'))
  AND NOT (held.until IS NOT NULL AND record.second = held.until AND record.rank > 3)
  WHERE record.event != 'CreateUser'
)
"""


def episodes(records: list[dict], window: int = 60, all_users: bool = False) -> list[dict]:
    """What `setupkey history` should tell, as far as it is compared."""
    database = load(records)
    hold(database)
    rows = database.execute(
        "SELECT account, event_id, created, user_id, by, session, request FROM record WHERE event = 'CreateUser'"
    ).fetchall()
    found = []
    for account, user, created, user_id, by, session, request in rows:
        names = [row[0] for row in database.execute("SELECT shown FROM held WHERE user = ? ORDER BY since", (user,))]
        done = database.execute(
            DONE + "SELECT event, second, created, key, status, by, session, acting_id, request FROM done"
            " WHERE user = ? ORDER BY second, rank", (user,),
        ).fetchall()
        keys: dict[str, dict] = {}
        password = deleted = None
        changes = tag_changes(json.loads(request)["request"])
        exemptions = [(created, by, changes)] if changes else []
        for event, second, at, key, status, actor, actor_session, acting_id, asked in done:
            if event == "CreateAccessKey":
                keys[key] = {
                    "time": at,
                    "by": actor,
                    "secondsAfterUser": at - created,
                    "createdWithUser": abs(at - created) <= window,
                    "sameActor": actor == by or (actor_session is not None and actor_session == session),
                    "selfMade": acting_id == user_id,
                    "fate": ("present", None, None),
                }
            elif event == "UpdateAccessKey":
                keys[key]["fate"] = ("present" if status == "Active" else "deactivated", second, actor)
            elif event == "DeleteAccessKey":
                keys[key]["fate"] = ("deleted", second, actor)
            elif event == "CreateLoginProfile":
                password = password or (at, actor)
            elif event == "DeleteUser":
                deleted = (second, actor)
            elif event in ("TagUser", "UntagUser"):
                changes = tag_changes(json.loads(asked)["request"])
                if changes:
                    exemptions.append((second, actor, changes))
        setup = any(key["createdWithUser"] for key in keys.values())
        found.append(
            {
                "accountId": account,
                "names": names,
                "userId": user_id,
                "created": (created, by),
                "password": password,
                "keys": keys,
                "exemptions": sorted(exemptions, key=repr),
                "deleted": deleted,
                "violation": setup and (all_users or password is not None),
            }
        )
    return sorted(found, key=lambda episode: (episode["created"][0], episode["userId"]))


def tag_changes(request: dict) -> list[tuple[str, str | None]]:
    changes = [(tag["key"], tag["value"]) for tag in request.get("tags", [])]
    changes += [(key, None) for key in request.get("tagKeys", [])]
    return [(key, value) for key, value in changes if key.lower().startswith("setup-key-exception:")]
