"""Removes what a run left, whenever and however it ended. Found by the kit's names, path and tag alone.

What has the name and not the tag is left alone and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

import stack
import users
from account import Account, TimedOut, absent, code_of
from names import KIT_STACK, PACK, RESERVED_PATH, STACK, bucket, is_tagged
from users import NotOurs, Users

PACK_WITHIN = 900


@dataclass
class Cleaned:
    """What was removed, and what is left, with the reason."""

    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    known: tuple[str, ...] = ()


def clean(account: Account, account_id: str, log_groups: tuple[str, ...] = ()) -> Cleaned:
    """Removes everything that runs have left in this account and region. One failure does not keep the rest.

    A run knows the log groups of its own stack, whatever their tags.
    """
    cleaned = Cleaned(known=log_groups)
    steps: list[Callable[[Account, str, Cleaned], None]] = [_pack, _stacks, _users, _log_groups, _bucket, _roles]
    for step in steps:
        try:
            step(account, account_id, cleaned)
        except (ClientError, TimedOut, NotOurs) as error:
            said = (
                f"AWS answers {code_of(error)} to {error.operation_name}"
                if isinstance(error, ClientError)
                else str(error)
            )
            cleaned.left.append(f"{step.__name__.strip('_').replace('_', ' ')}: {said}")
    return cleaned


def leftovers(account: Account, account_id: str) -> list[str]:
    """What a run would meet of an earlier one."""
    found = [f"user {name}" for name in sum(users.ours(account), [])]
    found += [f"stack {name}" for name in (KIT_STACK, STACK) if stack.describe(account, name)]
    found += [f"log group {name}" for name, _ in _log_groups_of(account)]
    found += [f"bucket {name}" for name in [bucket(account_id, account.region)] if _exists(account, name)]
    found += [f"conformance pack {PACK}"] if _pack_of(account) else []
    return found


def _pack_of(account: Account) -> dict | None:
    config = account.client("config")
    found = absent(config.describe_conformance_packs, "NoSuchConformancePackException", ConformancePackNames=[PACK])
    return found["ConformancePackDetails"][0] if found and found["ConformancePackDetails"] else None


def _pack(account: Account, _: str, cleaned: Cleaned) -> None:
    config = account.client("config")
    pack = _pack_of(account)
    if pack is None:
        return
    if not is_tagged(config.list_tags_for_resource(ResourceArn=pack["ConformancePackArn"]).get("Tags", [])):
        cleaned.left.append(f"conformance pack {PACK}: not tagged by the kit")
        return

    def gone() -> bool | None:
        # a pack that is being created or deleted is in use
        absent(
            config.delete_conformance_pack,
            "ResourceInUseException",
            "NoSuchConformancePackException",
            ConformancePackName=PACK,
        )
        return True if _pack_of(account) is None else None

    account.until("the deletion of the conformance pack", PACK_WITHIN, gone)
    cleaned.removed.append(f"conformance pack {PACK}")


def _stacks(account: Account, _: str, cleaned: Cleaned) -> None:
    # the stack of the product is removed last: the kit's refers to its document and topic
    for name in (KIT_STACK, STACK):
        found = stack.describe(account, name)
        if found is None:
            continue
        if not is_tagged(found.get("Tags", [])):
            cleaned.left.append(f"stack {name}: not tagged by the kit")
            continue
        stack.delete(account, name)
        cleaned.removed.append(f"stack {name}")


def _users(account: Account, _: str, cleaned: Cleaned) -> None:
    ours, others = users.ours(account)
    cleaned.left += [f"user {name}: not tagged by the kit" for name in others]
    remover = Users(account, "")
    for name in ours:
        remover.delete(name)
        cleaned.removed.append(f"user {name}")


def _log_groups_of(account: Account) -> Iterator[tuple[str, bool]]:
    """The log groups of the stack of the product, which outlive it, and whether they are tagged."""
    logs = account.client("logs")
    for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=f"{STACK}-"):
        # without the `:*` at its end
        arn = group["arn"].removesuffix(":*")
        tags = logs.list_tags_for_resource(resourceArn=arn).get("tags", {})
        yield group["logGroupName"], is_tagged([{"Key": key, "Value": value} for key, value in tags.items()])


def _log_groups(account: Account, _: str, cleaned: Cleaned) -> None:
    for name, is_ours in _log_groups_of(account):
        if is_ours or name in cleaned.known:
            account.client("logs").delete_log_group(logGroupName=name)
            cleaned.removed.append(f"log group {name}")
        else:
            cleaned.left.append(f"log group {name}: not tagged by the kit")


def _exists(account: Account, name: str) -> bool:
    return absent(account.client("s3").head_bucket, "404", "NoSuchBucket", Bucket=name) is not None


def _bucket(account: Account, account_id: str, cleaned: Cleaned) -> None:
    s3, name = account.client("s3"), bucket(account_id, account.region)
    if not _exists(account, name):
        return
    tagged = absent(s3.get_bucket_tagging, "NoSuchTagSet", Bucket=name)
    objects = account.pages("s3", "list_objects_v2", "Contents", Bucket=name)
    # a run that was killed between the two calls left it empty and without tags
    if objects and not is_tagged((tagged or {}).get("TagSet", [])):
        cleaned.left.append(f"bucket {name}: not tagged by the kit")
        return
    for each in objects:
        s3.delete_object(Bucket=name, Key=each["Key"])
    s3.delete_bucket(Bucket=name)
    cleaned.removed.append(f"bucket {name}")


def _roles(account: Account, _: str, cleaned: Cleaned) -> None:
    for role in account.pages("iam", "list_roles", "Roles", PathPrefix=RESERVED_PATH):
        account.client("iam").delete_role(RoleName=role["RoleName"])
        cleaned.removed.append(f"role {role['RoleName']}")
