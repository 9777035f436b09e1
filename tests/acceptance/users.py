"""The users that the kit creates. Before each write it reads the user again: no other user is ever changed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from account import Account, absent
from names import PATH, PREFIX, is_tagged, tags

# IAM shows a change after some seconds (IAM User Guide, troubleshooting: changes are not always immediately visible), and
# refuses to change what was changed a moment ago (IAM API Reference, CreateLoginProfile).
VISIBLE_WITHIN = 60
NOT_YET = ("NoSuchEntity", "EntityTemporarilyUnmodifiable", "ConcurrentModification")
STILL = ("DeleteConflict", "EntityTemporarilyUnmodifiable", "ConcurrentModification")


class NotOurs(Exception):
    """A user that the kit did not create; it is left alone."""


@dataclass(frozen=True)
class Key:
    """An access key. The secret stays in memory."""

    key_id: str
    created: datetime
    secret: str = field(repr=False, default="")


@dataclass
class User:
    """A user of the kit."""

    name: str
    user_id: str
    arn: str
    created: datetime
    keys: list[Key] = field(default_factory=list)


class Users:
    """Creates, changes and deletes users below the path of the kit."""

    def __init__(self, account: Account, run_id: str) -> None:
        self._account = account
        self._iam = account.client("iam")
        self._run_id = run_id

    def create(
        self,
        kind: str,
        *,
        path: str = PATH,
        password: bool = False,
        key: bool = False,
        more: dict[str, str] | None = None,
    ) -> User:
        """Creates a user, with tags, and a key and a password if asked for, the key first."""
        name = f"{PREFIX}-{kind}"
        more_tags = [{"Key": key, "Value": value} for key, value in (more or {}).items()]
        made = self._iam.create_user(UserName=name, Path=path, Tags=tags(self._run_id) + more_tags)["User"]
        user = User(made["UserName"], made["UserId"], made["Arn"], made["CreateDate"])
        if key:
            self.add_key(user)
        if password:
            self.add_password(user)
        return user

    def add_key(self, user: User) -> Key:
        """Creates an access key."""
        made = self._write(self._iam.create_access_key, NOT_YET, UserName=user.name)["AccessKey"]
        user.keys.append(Key(made["AccessKeyId"], made["CreateDate"], made["SecretAccessKey"]))
        return user.keys[-1]

    def add_password(self, user: User) -> None:
        """Creates a console password that is kept nowhere; the user has no permissions."""
        password = f"{secrets.token_urlsafe(40)}aZ9!"
        create = self._iam.create_login_profile
        self._write(create, NOT_YET, UserName=user.name, Password=password, PasswordResetRequired=True)

    def set_status(self, user: User, key: Key, status: str) -> None:
        """Activates or deactivates an access key."""
        self._write(self._iam.update_access_key, NOT_YET, UserName=user.name, AccessKeyId=key.key_id, Status=status)

    def tag(self, user: User, more: dict[str, str]) -> None:
        """Adds tags."""
        listed = [{"Key": key, "Value": value} for key, value in more.items()]
        self._write(self._iam.tag_user, NOT_YET, UserName=user.name, Tags=listed)

    def status(self, user: User, key: Key) -> str:
        """The status of an access key."""
        keys = self._account.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=user.name)
        found = [listed["Status"] for listed in keys if listed["AccessKeyId"] == key.key_id]
        return found[0] if found else "deleted"

    def tags_of(self, user: User) -> dict[str, str]:
        """The tags of a user."""
        listed = self._account.pages("iam", "list_user_tags", "Tags", UserName=user.name)
        return {tag["Key"]: tag["Value"] for tag in listed}

    def delete(self, name: str) -> None:
        """Deletes a user with password and keys."""
        if absent(self._iam.get_login_profile, "NoSuchEntity", UserName=name):
            self._write(self._iam.delete_login_profile, STILL, UserName=name)
        for key in self._account.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=name):
            self._write(self._iam.delete_access_key, STILL, UserName=name, AccessKeyId=key["AccessKeyId"])
        self._write(self._iam.delete_user, STILL, UserName=name)

    def _write(self, call: Callable[..., dict], again: tuple[str, ...], **parameters) -> dict:
        """Makes a write about a user of the kit; for a minute again, while IAM answers one of these codes."""

        def look() -> dict | None:
            self._check(parameters["UserName"])
            return absent(call, *again, **parameters)

        return self._account.until(f"IAM taking {call.__name__} of {parameters['UserName']}", VISIBLE_WITHIN, look)[0]

    def _check(self, name: str) -> None:
        """Raises unless the user is below the path of the kit and has its tag."""
        look = lambda: absent(self._iam.get_user, "NoSuchEntity", UserName=name)  # noqa: E731
        answer, _ = self._account.until(f"IAM showing the user {name}", VISIBLE_WITHIN, look)
        if not is_ours(answer["User"]):
            raise NotOurs(f"the user {name} is not below {PATH} with the tag of the kit, it is left alone")


def is_ours(user: dict) -> bool:
    """Whether the kit created this user, by an answer that has path and tags."""
    return user["Path"].startswith(PATH) and is_tagged(user.get("Tags", []))


def ours(account: Account) -> tuple[list[str], list[str]]:
    """The names of the users below the path: those that the kit created, and those without its tag."""
    listed = account.pages("iam", "list_users", "Users", PathPrefix=PATH)
    with_tag, without = [], []
    for user in listed:
        name = user["UserName"]
        answer = absent(account.client("iam").get_user, "NoSuchEntity", UserName=name)
        if answer is not None:
            (with_tag if is_ours(answer["User"]) else without).append(name)
    return with_tag, without
