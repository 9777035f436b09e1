"""Judges recorded exchanges between a client and a fake AWS by botocore's service models.

    python tests/contracts/validate.py [--expect OPERATION,...] FOLDER

Every line of every `*.jsonl` file in FOLDER is one exchange:

    {"service": "iam", "operation": "ListUsers",
     "request": {"headers": {"name": "value"}, "body": "text"},
     "response": {"status": 200, "headers": {}, "body": "text"} or null,
     "deliberate": false}

`deliberate` says that the answer is wrong on purpose: only the request is judged.
Exit code 0: everything is as modelled; 1: violations, or an expected operation was never
seen; 2: there was nothing to validate, which proves nothing.

This file reads the exchanges, checks that requests are signed, and reports. What a protocol
allows lives in `query_request.py`, `query_answer.py` and `json_protocol.py`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from botocore.loaders import Loader
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel

import json_protocol
import query_answer
import query_request
import shapes
from shapes import Violations, show

SERVICES = ("iam", "sns", "config", "sts", "cloudtrail", "organizations")
CHECK_REQUEST = {"query": query_request.check_request, "json": json_protocol.check_request}
CHECK_ANSWER = {"query": query_answer.check_answer, "json": json_protocol.check_answer}

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/,\s]+/\d{8}/[^/,\s]+/(?P<signing_name>[^/,\s]+)/aws4_request"
    r",\s*SignedHeaders=[^,\s]+,\s*Signature=[0-9a-f]{64}"
)


@dataclass(frozen=True)
class Message:
    """A request, or an answer with its status."""

    headers: dict[str, str]
    body: str
    status: int = 0


@dataclass(frozen=True)
class Exchange:
    """One request, what was answered, and whether that answer is to be judged."""

    operation: OperationModel
    request: Message
    answer: Message | None

    @property
    def name(self) -> str:
        """Service and operation, as reports name them."""
        return f"{self.operation.service_model.service_name}.{self.operation.name}"


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service from botocore itself, never one from the user's own folders."""
    loader = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


def read_exchange(line: str) -> Exchange:
    """The exchange on a line; raises ValueError when it is none."""
    record = json.loads(line)
    keys = {"service", "operation", "request", "response", "deliberate"}
    if not isinstance(record, dict) or set(record) != keys:
        raise ValueError(f"an object of {', '.join(sorted(keys))} expected")
    if record["service"] not in SERVICES:
        raise ValueError(f"service {show(record['service'])} is none of {', '.join(SERVICES)}")
    if not isinstance(record["deliberate"], bool):
        raise ValueError(f"deliberate is no boolean: {show(record['deliberate'])}")
    try:
        operation = service_model(record["service"]).operation_model(record["operation"])
    except (OperationNotFoundError, TypeError):  # a TypeError: no name at all
        raise ValueError(
            f"{record['service']} has no operation {show(record['operation'])}"
        ) from None
    request = read_message(record["request"], with_status=False)
    answer = None
    if record["response"] is not None:
        answer = read_message(record["response"], with_status=True)
    return Exchange(operation, request, None if record["deliberate"] else answer)


def read_message(record: object, with_status: bool) -> Message:
    """The request or answer of an exchange; raises ValueError when it is none."""
    types = {"headers": dict, "body": str, **({"status": int} if with_status else {})}
    if not isinstance(record, dict) or set(record) != set(types):
        raise ValueError(f"an object of {', '.join(types)} expected, got {show(record)}")
    for name, expected in types.items():
        if not isinstance(record[name], expected):
            raise ValueError(f"{name} is no {expected.__name__}: {show(record[name])}")
    headers = {str(name).lower(): str(value) for name, value in record["headers"].items()}
    return Message(headers, record["body"], record.get("status", 0))


def check_authorization(exchange: Exchange, violations: Violations) -> None:
    """Check that the request is signed, for the service it is sent to."""
    if exchange.operation.auth_type == "none":
        return
    header = exchange.request.headers.get("authorization")
    signature = AUTHORIZATION.fullmatch(header or "")
    if signature is None:
        violations.add("authorization", f"signature version 4 expected, got {show(header)}")
    elif signature["signing_name"] != exchange.operation.service_model.signing_name:
        expected, got = exchange.operation.service_model.signing_name, signature["signing_name"]
        violations.add("authorization", f"scope of service `{expected}` expected, got {show(got)}")


def check_exchange(exchange: Exchange) -> list[str]:
    """What is wrong with an exchange, each as `request|answer: path: what`."""
    operation, request, answer = exchange.operation, exchange.request, exchange.answer
    protocol = operation.metadata["protocol"]
    violations = Violations()
    check_authorization(exchange, violations)
    CHECK_REQUEST[protocol](operation, request.headers, request.body, violations)
    found = [f"request: {line}" for line in violations.lines]
    if answer is not None:
        violations = Violations()
        CHECK_ANSWER[protocol](operation, answer.status, answer.headers, answer.body, violations)
        found += [f"answer: {line}" for line in violations.lines]
    return found


def report(requests: Counter[str], answers: Counter[str], violations: Counter[str]) -> None:
    """Print the totals and what was validated of each operation."""
    for pattern, reason in shapes.uncompiled_patterns.items():
        print(f"note: pattern not checked ({reason}): {pattern}")
    print(
        f"validated {requests.total()} exchanges: {len(requests)} operations, "
        f"{violations.total()} violations"
    )
    width = max((len(name) for name in requests), default=0)
    print(f"{'':{width}}  requests  answers  violations")
    for name in sorted(requests):
        print(f"{name:{width}}  {requests[name]:8}  {answers[name]:7}  {violations[name]:10}")


def main(arguments: list[str] | None = None) -> int:
    """Validate a folder and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--expect", default="", help="operations that must occur, by comma")
    options = parser.parse_args(arguments)
    requests: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    violations: Counter[str] = Counter()
    for file in sorted(options.folder.glob("*.jsonl")):
        # Not splitlines(): JSON may contain other line separators than the newline.
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
            if not line.strip():
                continue
            try:
                exchange = read_exchange(line)
            except ValueError as error:
                violations["not an exchange"] += 1
                print(f"{file}:{number} not an exchange: {error}")
                continue
            requests[exchange.name] += 1
            answers[exchange.name] += exchange.answer is not None
            for found in check_exchange(exchange):
                violations[exchange.name] += 1
                print(f"{file}:{number} {exchange.name} {found}")
    if not requests and not violations:
        print(f"no exchanges in `{options.folder}`: nothing was validated", file=sys.stderr)
        return 2
    report(requests, answers, violations)
    seen = {name.partition(".")[2] for name in requests}
    missing = [name for name in options.expect.split(",") if name and name not in seen]
    for name in missing:
        print(f"expected operation never seen: `{name}`")
    return 1 if violations or missing else 0


if __name__ == "__main__":
    sys.exit(main())
