"""The report of a run, as Markdown and JSON. Account numbers and the IDs of keys and users are masked: it can be published."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections import Counter
from datetime import datetime
from pathlib import Path

import boto3

from check import Result, Statement
from stack import WORKSPACE

ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])")
# The ID of an access key holds the account number. The last four characters stay, as in annotations.
IDENTIFIER = re.compile(r"\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{8,124}([A-Z0-9]{4})\b")


def masked(text: str) -> str:
    """The text without account numbers and IDs."""
    return ACCOUNT.sub("************", IDENTIFIER.sub(r"...\1", text))


def document(results: list[Result], statements: dict[int, Statement], left: list[str], about: dict[str, str]) -> dict:
    """The report as JSON."""
    rows = [
        {
            "number": result.number,
            "statement": statements[result.number].text if result.number else "a step of the kit",
            "outcome": result.outcome,
            "said": masked(result.said),
            "requests": [masked(request) for request in result.requests],
        }
        for result in sorted(results, key=lambda result: result.number or 0)
    ]
    counts = Counter(result.outcome for result in results)
    return {
        "about": {name: masked(value) for name, value in about.items()},
        "counts": {outcome: counts[outcome] for outcome in ("PASS", "FAIL", "SKIPPED")},
        "results": rows,
        "notChecked": [number for number, statement in statements.items() if not statement.has_check],
        "left": [masked(each) for each in left],
    }


def markdown(report: dict) -> str:
    """The report for a person."""
    counts = report["counts"]
    lines = ["# Acceptance of setupkey on AWS", ""]
    lines += [f"- {name}: {value}" for name, value in report["about"].items()]
    lines += [f"- result: {counts['PASS']} PASS, {counts['FAIL']} FAIL, {counts['SKIPPED']} SKIPPED", ""]
    lines += ["| # | statement | outcome | seen | requests |", "|---:|---|---|---|---|"]
    for row in report["results"]:
        requests = "<br>".join(f"`{request}`" for request in row["requests"])
        lines.append(
            f"| {row['number'] or ''} | {row['statement']} | {row['outcome']} | {cell(row['said'])} | {requests} |"
        )
    unchecked = ", ".join(str(number) for number in report["notChecked"])
    lines += ["", f"Statements that the kit does not check (docs/unproved.md says why): {unchecked}.", ""]
    left = report["left"]
    lines.append("Everything that the run created is removed." if not left else "Not removed: " + "; ".join(left))
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text that stays in its cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def about(region: str, run_id: str, begun: datetime, ended: datetime) -> dict[str, str]:
    """What was run, where and when."""
    command = ["git", "describe", "--always", "--dirty", "--tags"]
    commit = subprocess.run(command, cwd=WORKSPACE, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "setupkey": commit or "unknown",
        "region": region,
        "run": run_id,
        "begun": f"{begun:%Y-%m-%d %H:%M} UTC",
        "minutes": str(round((ended - begun).total_seconds() / 60)),
        "client": f"boto3 {boto3.__version__}, Python {platform.python_version()}",
    }


def write(report: dict, folder: Path, run_id: str) -> Path:
    """Writes both files and returns the path of the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"report-{run_id}.json").write_text(json.dumps(report, indent=2) + "\n")
    path = folder / f"report-{run_id}.md"
    path.write_text(markdown(report))
    return path
