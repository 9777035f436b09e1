"""What the tests of the kit share: a stand-in with a user outside of the kit's path, and a run in it."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

import main
from check import Result, tell
from stack import ARTIFACTS
from stand_in import ACCOUNT_ID, StandIn

# Flagged, too, so that results and messages are not of the kit's users alone.
OUTSIDE = {
    "userName": "outside",
    "createDate": "2024-01-01T00:00:00Z",
    "loginProfile": {"createDate": "2024-01-01T00:00:05Z"},
    "accessKeys": [{"createDate": "2024-01-01T00:00:01Z"}],
    "tags": {"team": "core"},
}


def artifacts() -> Path:
    """A folder with the packaged template, and archives that are not opened."""
    folder = Path(tempfile.mkdtemp(prefix="acceptance-"))
    (folder / "template.yaml").write_text((ARTIFACTS / "template.yaml").read_text())
    for name in ("config-rule.zip", "remediate.zip"):
        (folder / name).touch()
    return folder


def stand_in(*users: dict) -> StandIn:
    return StandIn([OUTSIDE, *users], artifacts())


def run(world: StandIn, in_member: bool = False) -> tuple[int, dict[int | None, Result], str]:
    """A run of the kit as `make acceptance YES=1` does it, or in a member account of an organization.

    Returns the exit code, the results by number, and what it printed.
    """
    kept: dict[int | None, Result] = {}

    def keep(story, run, show):
        return tell(story, run, lambda result: (kept.update({result.number: result}), show(result)))

    printed = io.StringIO()
    reports = Path(tempfile.mkdtemp(prefix="acceptance-"))
    real, main.tell = main.tell, keep
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            if in_member:
                code = main.do_member(world.account(), ACCOUNT_ID, main.told, reports)
            else:
                code = main.do_run(world.account(), ACCOUNT_ID, world.artifacts, main.told, reports)
    finally:
        main.tell = real
    world.reports = reports
    return code, kept, printed.getvalue()


def outside(world: StandIn) -> dict:
    """The user outside of the kit's path, as it is."""
    return next(user for user in world.state()["users"] if user["userName"] == "outside")


def left(world: StandIn) -> list[str]:
    """Everything of the kit that the account still has."""
    services, state = world.services, world.state()
    found = [user["userName"] for user in state["users"] if user["path"].startswith("/setupkey-acceptance/")]
    found += [name for name in services.stacks if services.stacks[name]["deleted"] is None]
    found += [*services.buckets, *services.log_groups, *services.roles]
    return found + (["pack"] if services.pack else [])
