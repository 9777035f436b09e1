"""Writes conformance-pack.yaml into org/organization-conformance-pack.yaml, as its TemplateBody.

So the pack comes with the template that the administrator deploys: a bucket could be written to by others, and the
location of a pack in S3 has no place for the version of an object.

usage: python release/pack.py
"""

from __future__ import annotations

from pathlib import Path

WORKSPACE = Path(__file__).resolve().parent.parent
PACK = WORKSPACE / "conformance-pack.yaml"
ORGANIZATION_PACK = WORKSPACE / "org/organization-conformance-pack.yaml"

BEGINNING = "      TemplateBody: |\n"
END = "\nOutputs:\n"


def embedded(template: str, pack: str) -> str:
    """The template with the pack as its body, whatever body it had."""
    before, _, after = template.partition(BEGINNING)
    _, _, after = after.partition(END)
    body = "".join(f"        {line}".rstrip() + "\n" for line in pack.splitlines())
    return before + BEGINNING + body + END + after


def main() -> None:
    ORGANIZATION_PACK.write_text(embedded(ORGANIZATION_PACK.read_text(), PACK.read_text()))


if __name__ == "__main__":
    main()
