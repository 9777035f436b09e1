"""What a run creates and what that costs, before anything is created."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from account import Account
from names import KIT_STACK, PACK, PATH, STACK, bucket
from preflight import USERS
from stack import kit_template, read_template

# Dollars, us-east-1, as docs/cost.md has them with their sources.
EVALUATION = 0.001
CONFIGURATION_ITEM = 0.003
METRIC_MONTH = 0.30
HOURS_OF_MONTH = 730
# What a run does at most: scheduled runs that report every user in scope, changes of each of the kit's users that AWS
# Config records, metrics, each counted for two hours.
FULL_RUNS = 3
OTHER_EVALUATIONS = 100
CHANGES_OF_USER = 5
METRICS = 14


def cents(users_before: int) -> int:
    """The most that a run costs in an account with so many users, in cents; what AWS counts in less is left out."""
    evaluations = FULL_RUNS * (users_before + USERS) + OTHER_EVALUATIONS
    items = USERS * CHANGES_OF_USER
    dollars = evaluations * EVALUATION + items * CONFIGURATION_ITEM + METRICS * METRIC_MONTH * 2 / HOURS_OF_MONTH
    return round(dollars * 100 + 0.5)


def member_text(account: Account, account_id: str) -> str:
    """The plan of a run in a member account, for a person to agree to."""
    users_before = account.client("iam").get_account_summary()["SummaryMap"].get("Users", 0)
    return f"""In account {account_id}, region {account.region}, the run creates, and removes at the end:

  {USERS - 1} IAM users below {PATH}, without permissions, with passwords and access keys that are shown nowhere

The rule of the organization evaluates them, and the central topic gets an alert about them. The run changes nothing else.
It takes some minutes and costs at most {cents(users_before)} cents.
"""


def text(account: Account, account_id: str, artifacts: Path) -> str:
    """The plan, for a person to agree to."""
    product, kit = read_template(artifacts / "template.yaml"), kit_template()
    types = Counter(resource["Type"] for resource in (*product["Resources"].values(), *kit["Resources"].values()))
    users_before = account.client("iam").get_account_summary()["SummaryMap"].get("Users", 0)
    resources = ", ".join(f"{count} {kind.removeprefix('AWS::')}" for kind, count in sorted(types.items()))
    return f"""In account {account_id}, region {account.region}, the run creates, and removes at the end:

  {USERS} IAM users below {PATH}, without permissions, with passwords and access keys that are shown nowhere
  the stack {STACK}, the rule with its remediation, which evaluates the account's {users_before} other users, too
  the stack {KIT_STACK}, a queue, a topic, a probe
  the conformance pack {PACK}
  the bucket {bucket(account_id, account.region)}
  in the stacks at most, by type: {resources}

It changes no user outside of {PATH}. It takes about half an hour and costs at most {cents(users_before)} cents.
"""
