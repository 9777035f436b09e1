"""The account that the kit works in: clients, time, and the IDs of the requests. It decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Found = TypeVar("Found")


class TimedOut(Exception):
    """Something did not happen in time."""


class Clock:
    """The system's time. The tests have another."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Request:
    """A request that AWS answered."""

    operation: str
    request_id: str
    status: int


class Account:
    """Clients of one region, which keep the IDs of their requests, and a clock."""

    # how often the kit looks again while it waits, in seconds
    every = 5

    def __init__(
        self, region: str, session: boto3.Session, clock: Clock | None = None, endpoint: str | None = None
    ) -> None:
        self.region = region
        self.clock = clock or Clock()
        self.requests: list[Request] = []
        self._session = session
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], object] = {}

    def client(self, service: str, key: tuple[str, str] | None = None, region: str | None = None):
        """The client of a service, in another region if one is given; with an access key and its secret, that key signs."""
        region = region or self.region
        if key is None and (service, region) in self._clients:
            return self._clients[service, region]
        credentials = {} if key is None else {"aws_access_key_id": key[0], "aws_secret_access_key": key[1]}
        settings = Config(retries={"mode": "standard", "max_attempts": 8}, user_agent_extra="setupkey-acceptance")
        client = self._session.client(
            service, region_name=region, endpoint_url=self._endpoint, config=settings, **credentials
        )
        client.meta.events.register_first("after-call", self._keep)
        if key is None:
            self._clients[service, region] = client
        return client

    def _keep(self, http_response, parsed, model, **_) -> None:
        operation = f"{model.service_model.service_name}:{model.name}"
        request_id = parsed.get("ResponseMetadata", {}).get("RequestId", "")
        self.requests.append(Request(operation, request_id, http_response.status_code))

    def pages(self, service: str, operation: str, result: str, **parameters) -> list:
        """All items of a listing."""
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        return [item for page in pages for item in page.get(result, [])]

    def caller(self) -> dict:
        """The answer of sts:GetCallerIdentity: account, ARN, user ID."""
        return self.client("sts").get_caller_identity()

    def until(self, what: str, seconds: int, look: Callable[[], Found | None]) -> tuple[Found, int]:
        """Looks again until there is something, and returns it with the seconds that it took."""
        begun = self.clock.now()
        while True:
            found = look()
            waited = round((self.clock.now() - begun).total_seconds())
            if found is not None:
                return found, waited
            if waited >= seconds:
                raise TimedOut(f"{what} did not happen within {seconds} seconds")
            self.clock.sleep(self.every)


def code_of(error: ClientError) -> str:
    """The code of an error of AWS."""
    return error.response["Error"]["Code"]


def absent(call: Callable[..., Found], *codes: str, **parameters) -> Found | None:
    """The answer of a call, or None where AWS answers one of these codes: there is no such thing."""
    try:
        return call(**parameters)
    except ClientError as error:
        if code_of(error) in codes:
            return None
        raise
