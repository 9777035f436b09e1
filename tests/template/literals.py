"""Finds what ties a template to one partition, region or account."""

from __future__ import annotations

import re
from collections.abc import Iterator

# For people: they may name an example.
PROSE = {"Description", "ConstraintDescription", "AssertDescription", "comment"}

LITERALS = {
    "partition": re.compile(r"\barn:aws[a-z-]*:|\baws-(cn|us-gov|iso[a-z-]*|eusc)\b"),
    "region": re.compile(
        r"\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov|-iso[a-z]*)?"
        r"-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\d\b"
    ),
    "account": re.compile(r"(?<!\d)\d{12}(?!\d)"),
}


def literals(template: dict) -> list[str]:
    """Every literal partition, region and account in a value. `Rules` may name regions."""
    found = []
    for path, text in strings(template):
        for kind, literal in LITERALS.items():
            if kind == "region" and path[0] == "Rules":
                continue
            found += [f"{kind} `{match[0]}` at {'/'.join(path)}" for match in literal.finditer(text)]
    return found


def strings(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """The strings and numbers of a template, names included, prose left out."""
    if isinstance(value, dict):
        for name, element in value.items():
            here = (*path, str(name))
            yield here, str(name)
            if name not in PROSE:
                yield from strings(element, here)
    elif isinstance(value, list):
        for position, element in enumerate(value):
            yield from strings(element, (*path, str(position)))
    else:
        yield path, str(value)
