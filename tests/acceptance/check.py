"""What a check is, and how a story of checks is told: in order, each with its outcome, whatever becomes of the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from account import TimedOut, code_of
from run import Run
from stack import WORKSPACE

LIST = WORKSPACE / "docs/unproved.md"
# A row of the list: number, statement, why it is believed, how it is checked.
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
BY_THE_KIT = "the kit"
# A report names this many requests of a check, the last ones: what AWS answered when it was decided.
MOST_REQUESTS = 4


class Failed(Exception):
    """The statement does not hold; the text says what was seen instead."""


class Skipped(Exception):
    """The statement could not be tried; the text says why."""


@dataclass(frozen=True)
class Statement:
    """A statement of docs/unproved.md."""

    number: int
    text: str
    believed: str
    checked: str

    @property
    def has_check(self) -> bool:
        return self.checked.startswith(BY_THE_KIT)


@dataclass(frozen=True)
class Result:
    """What became of a check: PASS, FAIL or SKIPPED, with figures or the reason. A step that failed has no number."""

    number: int | None
    outcome: str
    said: str
    requests: list[str] = field(default_factory=list)


Step = Callable[[Run], str | None]


def check(number: int | None, vital: bool = False) -> Callable[[Step], Step]:
    """Marks the function that tries the statement of this number. If a vital one fails, nothing can follow."""

    def mark(step: Step) -> Step:
        step.number, step.vital = number, vital
        return step

    return mark


def action(vital: bool) -> Callable[[Step], Step]:
    """Marks a function that tries no statement."""
    return check(None, vital)


def expect(instead: str | None) -> None:
    """Fails if there is something else instead of what was waited for."""
    if instead:
        raise Failed(instead)


def statements() -> dict[int, Statement]:
    """The statements of the list, by number."""
    rows = [Statement(int(number), *cells) for number, *cells in ROW.findall(LIST.read_text())]
    return {statement.number: statement for statement in rows}


def tell(story: list[Step], run: Run, show: Callable[[Result], None]) -> list[Result]:
    """Takes the steps in order. Where a vital one fails, the checks behind it are skipped."""
    results: list[Result] = []
    broken = ""
    for step in story:
        run.account.requests.clear()
        outcome, said = ("SKIPPED", f"not reached: {broken}") if broken else attempt(step, run)
        if outcome == "FAIL" and step.vital:
            broken = said
        if step.number is not None or outcome == "FAIL":
            requests = [f"{request.operation} {request.request_id}" for request in run.account.requests]
            results.append(Result(step.number, outcome, said, requests[-MOST_REQUESTS:]))
            show(results[-1])
    return results


def attempt(step: Step, run: Run) -> tuple[str, str]:
    """The outcome of a step. An error of the kit itself is a failure, too: it proves nothing."""
    try:
        return "PASS", step(run) or ""
    except Skipped as skipped:
        return "SKIPPED", str(skipped)
    except (Failed, TimedOut) as failed:
        return "FAIL", str(failed)
    except ClientError as error:
        message = error.response["Error"].get("Message", "")
        return "FAIL", f"AWS answers {code_of(error)} to {error.operation_name}: {message}"
    except Exception as error:  # noqa: BLE001 - the report says which
        return "FAIL", f"the kit does not understand what it saw: {type(error).__name__}: {error}"
