"""`make preflight`, `make acceptance`, `make acceptance-organization`, `make acceptance-clean`: docs/acceptance.md.

Exit codes: 0 as it should be; 1 a statement is refuted, or something was not removed; 2 refused before anything was
created.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

import plan
import preflight
import report
from account import Account
from check import Result, statements, tell
from clean import Cleaned, clean, leftovers
from run import Run
from stack import ARTIFACTS, WORKSPACE
from story import MEMBER, STORY

LOG_GROUPS = ("LogGroupName", "RemediateLogGroupName")
REPORTS = WORKSPACE / "target/acceptance"


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM ends the run."""


def refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


def do_preflight(account: Account, account_id: str, for_kit: bool = False) -> int:
    """Shows what a deployment would meet."""
    findings = preflight.look(account, account_id, for_kit)
    print(preflight.text(findings))
    return 2 if any(finding.fits is False for finding in findings) else 0


def do_clean(account: Account, account_id: str) -> int:
    """Removes what runs have left."""
    if account.caller()["Account"] != account_id:
        return refused(f"the credentials are not of account {account_id}: nothing was changed")
    cleaned = clean(account, account_id)
    show_cleaned(cleaned)
    return 1 if cleaned.left else 0


def show_cleaned(cleaned: Cleaned) -> None:
    for each in cleaned.removed:
        print(f"removed  {each}")
    for each in cleaned.left:
        print(f"LEFT     {each}")
    if not cleaned.removed and not cleaned.left:
        print("there is nothing to remove")


def do_run(
    account: Account, account_id: str, artifacts: Path, agree: Callable[[str], bool], reports: Path = REPORTS
) -> int:
    """Tries every statement, removes everything, and writes the report."""
    why = why_not(account, account_id)
    if why:
        return refused(f"{why}: nothing was created")
    if do_preflight(account, account_id, for_kit=True):
        return refused("a run would fail: nothing was created")
    if not agree(plan.text(account, account_id, artifacts)):
        return refused("not agreed to: nothing was created")
    return perform(STORY, account, account_id, artifacts, reports)


def do_member(account: Account, account_id: str, agree: Callable[[str], bool], reports: Path = REPORTS) -> int:
    """Tries what can be tried in a member account of an organization, removes the users, and writes the report."""
    why = why_not(account, account_id)
    if why:
        return refused(f"{why}: nothing was created")
    if not agree(plan.member_text(account, account_id)):
        return refused("not agreed to: nothing was created")
    return perform(MEMBER, account, account_id, None, reports)


def why_not(account: Account, account_id: str) -> str:
    """Why no run may begin in this account."""
    caller = account.caller()["Account"]
    if caller != account_id:
        return f"the credentials are of account {caller}, not of {account_id}"
    left = leftovers(account, account_id)
    if left:
        return (
            f"an earlier run left {', '.join(left)}: make acceptance-clean ACCOUNT={account_id} REGION={account.region}"
        )
    return ""


def perform(story: list, account: Account, account_id: str, artifacts: Path | None, reports: Path) -> int:
    """Runs the story, and removes what it created in every way of ending."""
    run = Run(account, account_id, f"{account.clock.now():%Y%m%d-%H%M%S}", artifacts)
    listed, results = statements(), []

    def show(result: Result) -> None:
        results.append(result)
        number = "" if result.number is None else f"{result.number:>3}"
        statement = listed[result.number].text if result.number else "a step of the kit"
        print(f"{result.outcome:8}{number:3}  {statement}: {report.masked(result.said)}", flush=True)

    interrupted = None
    try:
        tell(story, run, show)
    except (Interrupted, KeyboardInterrupt) as end:
        interrupted = end
        print("interrupted: removing what was created", file=sys.stderr)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the removal is what a second one would ask for
        created = story is STORY
        known = tuple(run.outputs[name] for name in LOG_GROUPS if created and name in run.outputs)
        cleaned = clean(account, account_id, known)
        show_cleaned(cleaned)
    about = report.about(account.region, run.run_id, run.begun, account.clock.now())
    path = report.write(report.document(results, listed, cleaned.left, about), reports, run.run_id)
    print(f"\nThe report: {path}")
    failed = any(result.outcome == "FAIL" for result in results)
    return 1 if failed or interrupted or cleaned.left else 0


def ask(question: str) -> bool:
    """Shows the plan and asks a person."""
    print(question)
    if not sys.stdin.isatty():
        print("give YES=1 to agree without a terminal", file=sys.stderr)
        return False
    return input("Type yes to begin: ").strip().lower() == "yes"


def told(question: str) -> bool:
    """Shows the plan to which YES=1 agreed."""
    print(question)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["preflight", "run", "member", "clean"])
    parser.add_argument("--account", required=True, help="the number of the account, to be sure that it is meant")
    parser.add_argument("--region", required=True)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--artifacts", type=Path, default=ARTIFACTS, help="the folder with template.yaml and the archives"
    )
    given = parser.parse_args()
    if not re.fullmatch(r"\d{12}", given.account):
        return refused(f"ACCOUNT is `{given.account}`, expected the 12 digits of an account: ACCOUNT=111122223333")
    if not given.region:
        return refused("REGION is missing: REGION=us-east-1")

    def interrupt(*_: object) -> None:
        raise Interrupted

    signal.signal(signal.SIGTERM, interrupt)
    account = Account(given.region, boto3.Session())
    try:
        if given.command == "preflight":
            return do_preflight(account, given.account)
        if given.command == "clean":
            return do_clean(account, given.account)
        if given.command == "member":
            return do_member(account, given.account, told if given.yes else ask)
        return do_run(account, given.account, given.artifacts, told if given.yes else ask)
    except (BotoCoreError, ClientError, FileNotFoundError) as error:
        return refused(str(error))


if __name__ == "__main__":
    sys.exit(main())
