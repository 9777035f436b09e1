"""What the kit names its own things. `make acceptance-clean` finds them by these names and the tag alone."""

from __future__ import annotations

# Every user of the kit is below this path and has the tag.
PATH = "/setupkey-acceptance/"
# Users whom the stack protects from the remediation.
PROTECTED_PATH = "/setupkey-acceptance/protected/"
TAG = "setupkey-acceptance"
PREFIX = "setupkey-acceptance"

# The stack of the product, and the stack with what the kit needs beside it. The second is removed first.
STACK = "setupkey-acceptance"
KIT_STACK = "setupkey-acceptance-kit"
# The rule that hands its events, with their result tokens, to the kit.
PROBE_RULE = "setupkey-acceptance-probe"
PACK = "setupkey-acceptance"
# A path that only AWS may create roles below; no role must ever be there.
RESERVED_PATH = "/aws-reserved/setupkey-acceptance/"

RULE = "iam-user-no-setup-access-key"
DOCUMENT = "setupkey-remediate"
FUNCTIONS = ("setupkey-config-rule", "setupkey-remediate")
ROLES = ("setupkey-config-rule", "setupkey-remediate", "setupkey-remediate-automation")


def bucket(account_id: str, region: str) -> str:
    """The bucket that holds the code during a run."""
    return f"setupkey-acceptance-{account_id}-{region}"


def tags(run_id: str) -> list[dict[str, str]]:
    """The tag of everything that a run creates; its value is the run."""
    return [{"Key": TAG, "Value": run_id}]


def is_tagged(tags: list[dict[str, str]]) -> bool:
    """Whether the tags say that the kit created this."""
    return any(tag.get("Key") == TAG for tag in tags)
