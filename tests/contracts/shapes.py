"""Walks a value along a botocore shape and collects what the shape does not allow.

Here live the constraints every protocol shares: members, types, sizes, patterns, enums.
How a value is written on the wire lives in `query.py` and `json_protocol.py`, which hand
over dicts and lists keyed by wire names plus a `ReadScalar` for everything below them.

botocore's own ParamValidator is not used: it ignores patterns, maxima and enums.
"""

from __future__ import annotations

import base64
import binascii
import re
import sys
import unicodedata
from collections.abc import Callable
from datetime import datetime, timezone
from functools import cache

from botocore.model import Shape

# Reads one scalar from its form on the wire; raises ValueError with what was expected.
ReadScalar = Callable[[Shape, object], object]

INTEGER_BITS = {"integer": 32, "long": 64}
END_OF_YEAR_9999 = 253402300799
ISO8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)

# Patterns Python's re cannot compile, with the reason: reported once each, as notes.
uncompiled_patterns: dict[str, str] = {}


class Violations:
    """What is wrong with one request or one answer, in the order it was found."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, path: str, what: str) -> None:
        """Record one violation at `path`; the empty path is the body as a whole."""
        self.lines.append(f"{path or 'body'}: {what}")


def show(value: object) -> str:
    """The value in backticks, on one line and cut to a readable length."""
    text = repr(value)
    return f"`{text}`" if len(text) <= 80 else f"`{text[:77]}...`"


def join(path: str, name: str) -> str:
    """The path of member `name` below `path`."""
    return f"{path}.{name}" if path else name


def wire_name(member_name: str, member: Shape) -> str:
    """The name a structure's member has on the wire.

    A flattened list is written under the name of its elements, when they have one.
    """
    if member.type_name == "list" and member.serialization.get("flattened"):
        element_name = member.member.serialization.get("name")
        if element_name is not None:
            return element_name
    return member.serialization.get("name", member_name)


def wire_members(shape: Shape) -> dict[str, Shape]:
    """The members of a structure by their names on the wire."""
    return {wire_name(name, member): member for name, member in shape.members.items()}


def walk(shape: Shape, value: object, path: str, read: ReadScalar, violations: Violations) -> None:
    """Check `value` and everything below it against `shape`."""
    if shape.type_name == "structure":
        walk_structure(shape, value, path, read, violations)
    elif shape.type_name == "list":
        walk_list(shape, value, path, read, violations)
    elif shape.type_name == "map":
        walk_map(shape, value, path, read, violations)
    else:
        walk_scalar(shape, value, path, read, violations)


def walk_structure(
    shape: Shape, value: object, path: str, read: ReadScalar, violations: Violations
) -> None:
    """Check the members of a structure: none unknown, every required one present."""
    if not isinstance(value, dict):
        violations.add(path, f"a structure ({shape.name}) expected, got {show(value)}")
        return
    members = wire_members(shape)
    for name in shape.required_members:
        if wire_name(name, shape.members[name]) not in value:
            violations.add(join(path, name), f"required member of {shape.name} is missing")
    if shape.metadata.get("union") and len(value) != 1:
        violations.add(path, f"exactly one member of {shape.name} expected, got {show(value)}")
    for name, member_value in value.items():
        if name in members:
            walk(members[name], member_value, join(path, name), read, violations)
        else:
            violations.add(
                join(path, name), f"unknown member of {shape.name}, with {show(member_value)}"
            )


def walk_list(
    shape: Shape, value: object, path: str, read: ReadScalar, violations: Violations
) -> None:
    """Check the size of a list and each of its elements."""
    if not isinstance(value, list):
        violations.add(path, f"a list ({shape.name}) expected, got {show(value)}")
        return
    check_bounds(shape, len(value), "elements", path, violations)
    for index, element in enumerate(value):
        walk(shape.member, element, f"{path}[{index}]", read, violations)


def walk_map(
    shape: Shape, value: object, path: str, read: ReadScalar, violations: Violations
) -> None:
    """Check the size of a map, its keys and its values."""
    if not isinstance(value, dict):
        violations.add(path, f"a map ({shape.name}) expected, got {show(value)}")
        return
    check_bounds(shape, len(value), "entries", path, violations)
    for key, entry in value.items():
        walk(shape.key, key, f"{path}[{key!r}] key", read, violations)
        walk(shape.value, entry, f"{path}[{key!r}]", read, violations)


def walk_scalar(
    shape: Shape, value: object, path: str, read: ReadScalar, violations: Violations
) -> None:
    """Check the type of a scalar, its size, pattern and enum."""
    try:
        scalar = read(shape, value)
    except ValueError as error:
        violations.add(path, f"{error}, got {show(value)}")
        return
    if isinstance(scalar, (str, bytes)):
        unit = "characters" if isinstance(scalar, str) else "bytes"
        check_bounds(shape, len(scalar), unit, path, violations, scalar)
    # A timestamp is read as a number too; the models put no bounds on timestamps.
    elif isinstance(scalar, (int, float)) and not isinstance(scalar, bool):
        check_bounds(shape, scalar, None, path, violations)
    enum = shape.metadata.get("enum")
    if enum and scalar not in enum:
        violations.add(path, f"{show(scalar)} is none of {', '.join(enum)}")
    pattern = shape.metadata.get("pattern")
    if pattern is not None and isinstance(scalar, str):
        compiled = compile_pattern(pattern)
        if compiled and not compiled.fullmatch(scalar):
            violations.add(path, f"{show(scalar)} does not match the pattern {pattern}")


def check_bounds(
    shape: Shape,
    size: float,
    unit: str | None,
    path: str,
    violations: Violations,
    value: object = None,
) -> None:
    """Check a length, a count or (without a unit) a number against the shape's min and max."""
    what = f"`{size}`" if unit is None else f"{size} {unit}"
    shown = "" if value is None else f", got {show(value)}"
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and size < minimum:
        violations.add(path, f"{what} is less than the minimum of {minimum}{shown}")
    if maximum is not None and size > maximum:
        violations.add(path, f"{what} is more than the maximum of {maximum}{shown}")


def check_integer(shape: Shape, number: int) -> int:
    """The number, when it fits the bits of its type."""
    limit = 1 << (INTEGER_BITS[shape.type_name] - 1)
    if not -limit <= number < limit:
        raise ValueError(f"{INTEGER_BITS[shape.type_name]} bits expected")
    return number


def read_iso8601(text: str) -> datetime:
    """The moment written as AWS writes it: UTC, ending in `Z`."""
    if not ISO8601.fullmatch(text):
        raise ValueError("an iso8601 timestamp in utc expected")
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        raise ValueError("an iso8601 timestamp that exists expected") from None


def read_unix_timestamp(number: float) -> float:
    """The number of seconds; one that can only be milliseconds is refused."""
    if not 0 <= number <= END_OF_YEAR_9999:
        raise ValueError("a timestamp in seconds before the year 10000 expected")
    return number


def read_blob(text: str) -> bytes:
    """The bytes of a blob, which every protocol writes as base64."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("base64 expected") from None


@cache
def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """The model's pattern as a Python regex, or None (and a note) when Python has no such regex."""
    try:
        # Java's \w, \d and \s are ascii unless told otherwise; Python's are not.
        return re.compile(
            re.sub(r"\[(?:\\.|[^\]\\])*\]", translate_character_class, pattern), re.ASCII
        )
    except re.error as error:
        uncompiled_patterns[pattern] = str(error)
        return None


def translate_character_class(character_class: re.Match[str]) -> str:
    """A Java character class without `\\p{..}`, which Python's re lacks."""
    return re.sub(r"\\p\{(\w+)\}", lambda p: category_ranges(p[1]), character_class[0])


@cache
def category_ranges(category: str) -> str:
    """All characters of a Unicode category (`L`, `Zs`), as ranges for a character class."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(category):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
