"""The checks of AWS Config's own behavior, by evaluations that the kit reports itself with a token of the probe."""

from __future__ import annotations

from datetime import timedelta

from botocore.exceptions import ClientError

from account import code_of
from check import Failed, action, check, expect
from names import PROBE_RULE
from run import Run, annotation, said

# A character of two bytes in UTF-8.
WIDE = "é"
MOST_CHARACTERS = 256
# Lambda's longest run: as long has a token to live at least.
TOKEN_LIVES = 900


@action(vital=False)
def starts_probe(run: Run) -> None:
    run.start(PROBE_RULE)
    run.token()


def stored(run: Run, kind: str, compliance: str, text: str) -> str | None:
    """Waits until AWS Config has this result of the probe; returns what it has instead."""
    user_id = run.people[kind].user_id

    def look() -> bool | None:
        result = run.results(PROBE_RULE).get(user_id)
        return True if (said(result), annotation(result)) == (compliance, text) else None

    try:
        run.account.until("the result of the probe", 60, look)
        return None
    except Exception as error:  # noqa: BLE001 - what is there instead says more
        result = run.results(PROBE_RULE).get(user_id)
        return f"AWS Config has {said(result) or 'no result'} `{annotation(result)[:60]}`: {error}"


def put(run: Run, kind: str, compliance: str, text: str, ordering) -> None:
    """Reports an evaluation, which AWS Config has to accept."""
    failed = run.put(kind, compliance, text, ordering)
    if failed:
        raise Failed(f"AWS Config did not accept the evaluation: {failed}")


@check(5)
def long_annotation(run: Run) -> str:
    text = WIDE * MOST_CHARACTERS
    put(run, "late", "COMPLIANT", text, run.account.clock.now())
    expect(stored(run, "late", "COMPLIANT", text))
    return f"{MOST_CHARACTERS} characters, {len(text.encode())} bytes"


@check(8)
def same_time(run: Run) -> str:
    now = run.account.clock.now()
    for text in ("first", "second"):
        put(run, "late", "COMPLIANT", text, now)
    expect(stored(run, "late", "COMPLIANT", "second"))
    return "the second stands"


@check(9)
def earlier_time(run: Run) -> str:
    now = run.account.clock.now()
    put(run, "late", "COMPLIANT", "newer", now)
    put(run, "late", "COMPLIANT", "older", now - timedelta(minutes=10))
    expect(stored(run, "late", "COMPLIANT", "older"))
    return "the one that was reported last stands, though it is older"


@check(11)
def not_applicable_clears(run: Run) -> str:
    now = run.account.clock.now()
    put(run, "inactive", "COMPLIANT", "to be cleared", now)
    expect(stored(run, "inactive", "COMPLIANT", "to be cleared"))
    put(run, "inactive", "NOT_APPLICABLE", "cleared", run.account.clock.now())
    user_id = run.people["inactive"].user_id
    verdicts = ["COMPLIANT", "NON_COMPLIANT"]
    _, seconds = run.account.until(
        "the clearing of a result", 60, lambda: None if user_id in run.results(PROBE_RULE, verdicts) else True
    )
    return f"gone after {seconds} s"


@check(12)
def not_applicable_listed(run: Run) -> str:
    user_id = run.people["inactive"].user_id
    unasked = user_id in run.results(PROBE_RULE, [])
    asked = user_id in run.results(PROBE_RULE, ["NOT_APPLICABLE"])
    if unasked:
        raise Failed("a result of NOT_APPLICABLE is listed by a request that names no compliance type")
    return f"listed when asked for: {'yes' if asked else 'no'}"


@check(10)
def token_life(run: Run) -> str:
    received, _ = run.token()
    age = (run.account.clock.now() - received).total_seconds()
    run.account.clock.sleep(max(0, TOKEN_LIVES - age))
    age = round((run.account.clock.now() - received).total_seconds())
    try:
        failed = run.put("inactive", "NOT_APPLICABLE", "an old token", run.account.clock.now())
    except ClientError as error:
        raise Failed(f"a token of {age} s is refused: {code_of(error)}") from error
    if failed:
        raise Failed(f"a token of {age} s is accepted, the evaluation is not: {failed}")
    return f"accepted after {age} s"
