"""The JSON protocol (config, cloudtrail): a target header, a JSON request, a JSON answer or error.

The constraints of the values live in `shapes.py`; other protocols in `query.py`.
"""

from __future__ import annotations

import json

from botocore.model import OperationModel, Shape

from errors import check_error
from shapes import (
    Violations,
    check_integer,
    read_blob,
    read_iso8601,
    read_unix_timestamp,
    show,
    walk,
)


def check_request(
    operation: OperationModel, headers: dict[str, str], body: str, violations: Violations
) -> None:
    """Check the target and content type, then the body against the input shape."""
    prefix = operation.metadata["targetPrefix"]
    target = f"{prefix}.{operation.name}"
    # SDKs made from Smithy's models leave out the package in front of CloudTrail's name
    if headers.get("x-amz-target") not in (target, f"{prefix.rpartition('.')[2]}.{operation.name}"):
        got = show(headers.get("x-amz-target"))
        violations.add("x-amz-target", f"`{target}` expected, got {got}")
    check_content_type(operation, headers.get("content-type"), violations)
    check_object(operation.input_shape, body, violations)


def check_answer(
    operation: OperationModel,
    status: int,
    headers: dict[str, str],
    body: str,
    violations: Violations,
) -> None:
    """Check an answer against the output shape, or against the operation's errors."""
    if "content-type" in headers:
        check_content_type(operation, headers["content-type"], violations)
    if not 200 <= status < 300:
        check_error_body(operation, status, body, violations)
    # An operation without output answers nothing at all, or an empty object.
    elif operation.output_shape is not None or body:
        check_object(operation.output_shape, body, violations)


def check_content_type(
    operation: OperationModel, content_type: object, violations: Violations
) -> None:
    """Check the content type, which names the version of the protocol."""
    expected = f"application/x-amz-json-{operation.metadata['jsonVersion']}"
    if content_type != expected:
        violations.add("content-type", f"`{expected}` expected, got {show(content_type)}")


def check_object(shape: Shape | None, body: str, violations: Violations) -> None:
    """Check a body against a structure; without a structure it has no members."""
    try:
        value = parse(body)
    except ValueError as error:
        violations.add("", f"not json ({error}): {show(body)}")
        return
    if shape is not None:
        walk(shape, value, "", read_scalar, violations)
    elif value != {}:
        violations.add("", f"no members expected, got {show(value)}")


def check_error_body(
    operation: OperationModel, status: int, body: str, violations: Violations
) -> None:
    """Check an error: its type, a message, and what else its shape declares."""
    try:
        error = parse(body)
    except ValueError as reason:
        violations.add("", f"not json ({reason}): {show(body)}")
        return
    if not isinstance(error, dict) or not isinstance(error.get("__type"), str):
        violations.add(
            "__type", f"an object with the type of the error expected, got {show(error)}"
        )
        return
    code = error.pop("__type").rpartition("#")[2]
    shape = check_error(operation, code, status, violations)
    messages = [error.pop(name) for name in ("message", "Message") if name in error]
    if len(messages) != 1 or not isinstance(messages[0], str):
        violations.add("message", f"one message or Message expected, got {show(messages)}")
    for name, value in error.items():
        if shape is None or name not in shape.members:
            violations.add(name, f"unknown member of error {code}, with {show(value)}")
        else:
            walk(shape.members[name], value, name, read_scalar, violations)


def parse(body: str) -> object:
    """Parse JSON, without what Python tolerates: duplicate names, NaN, Infinity."""
    return json.loads(body, object_pairs_hook=unique_names, parse_constant=refuse_constant)


def unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object of these pairs, when every name occurs once."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"duplicate name `{name}`")
    return dict(pairs)


def refuse_constant(constant: str) -> object:
    """Refuse a number JSON does not have."""
    raise ValueError(f"`{constant}` is no number")


def read_scalar(shape: Shape, raw: object) -> object:
    """Read a scalar as the JSON protocol writes it."""
    kind = shape.type_name
    if isinstance(raw, bool):  # before the numbers: Python's booleans are integers
        if kind == "boolean":
            return raw
    elif isinstance(raw, str):
        if kind == "blob":
            return read_blob(raw)
        if kind == "timestamp" and shape.serialization.get("timestampFormat") == "iso8601":
            return read_iso8601(raw)
        if kind in ("string", "character"):
            return raw
    elif isinstance(raw, (int, float)):
        if kind in ("integer", "long") and isinstance(raw, int):
            return check_integer(shape, raw)
        if kind == "timestamp":
            return read_unix_timestamp(raw)
        if kind in ("float", "double"):
            return raw
    wanted = "number of seconds" if kind == "timestamp" else kind
    raise ValueError(f"json {wanted} expected")
