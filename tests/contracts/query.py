"""What the request and the answer of the query protocol (iam, sns, sts) share: names and scalars.

The request lives in `query_request.py`, the answer in `query_answer.py`.
"""

from __future__ import annotations

import re

from botocore.model import Shape

from shapes import (
    Violations,
    check_integer,
    read_blob,
    read_iso8601,
    read_unix_timestamp,
    show,
)


def element_name(shape: Shape) -> str:
    """The name of each element of a list that is not flattened."""
    return shape.member.serialization.get("name", "member")


def entry_names(shape: Shape) -> tuple[str, str]:
    """The names of key and value in each entry of a map."""
    return (
        shape.key.serialization.get("name", "key"),
        shape.value.serialization.get("name", "value"),
    )


def unique_entries(
    entries: list[tuple[object, object]], path: str, violations: Violations
) -> dict[str, object]:
    """The map of these entries, when every key is text and occurs once."""
    found: dict[str, object] = {}
    for key, value in entries:
        if not isinstance(key, str) or key in found:
            violations.add(path, f"a key of its own expected, got {show(key)}")
        else:
            found[key] = value
    return found


def read_text(shape: Shape, raw: object) -> object:
    """Read a scalar as the query protocol writes it: as text."""
    kind = shape.type_name
    if not isinstance(raw, str):
        raise ValueError(f"{kind} expected")
    if kind == "boolean":
        if raw not in ("true", "false"):
            raise ValueError("`true` or `false` expected")
        return raw == "true"
    if kind in ("integer", "long"):
        if not re.fullmatch(r"-?(0|[1-9][0-9]*)", raw):
            raise ValueError(f"{kind} expected")
        return check_integer(shape, int(raw))
    if kind in ("float", "double"):
        return float(raw)
    if kind == "timestamp":
        if shape.serialization.get("timestampFormat") == "unixTimestamp":
            return read_unix_timestamp(float(raw))
        return read_iso8601(raw)
    return read_blob(raw) if kind == "blob" else raw
