"""Words that the texts do not use, and what they say instead: one word per concept.

Code is left out: `exceptionTagPrefix`, the tag keys and the names of AWS keep theirs.
"""

from __future__ import annotations

import re

# what is wrong, and what to write
WORDS = [
    (r"except(?:ed|ions?)", "exempt, exemption"),
    (r"somebody|nobody|whoever|everybody|who waits", "the administrator, operator, user or you"),
    (r"(?-i:ids?)", "ID, IDs"),
    (r"unread", "not read, could not read"),
    (r"(?:set up|made) (?:in one go|together with the user)|(?:set up|made) with (?:the|its|their) users?", "created with the user"),
    (r"(?:is|are|was|were) put|put again|puts? (?:every (?:user|result)|only|results?|evaluations?)|results? put", "report an evaluation"),
    (r"but for|all but for", "except"),
    (r"(?<!there )(?<!There )(?:is|are) none", "does not exist"),
    (r"(?:is|are|was|were) told(?! apart)", "notify, report, say"),
    (r"(?:AWS Config|Config|it) holds|held results?", "stored result"),
    (r"does not speak about|do not speak about", "out of scope"),
    (r"meets? it|who is flagged", "flagged, noncompliant"),
    (r"cannot begin", "cannot start"),
    (r"time was up|time is up", "timed out"),
    (r"wants you", "needs manual action"),
    (r"have no lane", "are not drawn"),
]
PATTERNS = [(re.compile(rf"(?<![\w.:/`-])(?:{pattern})(?![\w:/`-])", re.IGNORECASE), right) for pattern, right in WORDS]


def found(text: str) -> list[str]:
    """The wrong words of a text, each with its surroundings and what to write instead."""
    hits = []
    for pattern, right in PATTERNS:
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - 30) : match.end() + 30]
            hits.append(f"`{match.group()}` in `{' '.join(around.split())}`: write {right}")
    return hits


def prose(markdown: str) -> str:
    """A page without code, addresses and links' targets."""
    text = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(?: {4}|\t).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]*`", "``", text)
    return re.sub(r"\]\([^)]*\)|https?://\S+", "", text)


def strings(rust: str) -> str:
    """The string literals of Rust code that read as sentences, without those of its tests."""
    code = re.split(r"^#\[cfg\(test\)\]\nmod tests \{", rust, flags=re.MULTILINE)[0]
    code = re.sub(r"^\s*//.*$", "", code, flags=re.MULTILINE)
    literals = re.findall(r'"((?:[^"\\]|\\.)*)"', code, re.DOTALL)
    return "\n".join(re.sub(r"`[^`]*`|\{[^}]*\}", "", literal) for literal in literals if " " in literal.strip())
