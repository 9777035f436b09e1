"""The words of the product: what the texts do not say, and what they say instead. One word per concept.

Code is left out: `exceptionTagPrefix`, the tag keys and the names of AWS keep theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# what is wrong, and what to write
WORDS = [
    (r"except(?:ed|ions?)", "exempt, exemption"),
    (r"somebody|nobody|anybody|everybody|whoever|who waits", "the administrator, operator, user or you"),
    (r"(?-i:ids?)", "ID, IDs"),
    (r"unread", "not read, could not read"),
    (r"(?:set up|made) (?:in one go|together with the user)|(?:set up|made) with (?:the|its|their) users?", "created with the user"),
    (r"(?:AWS|keys?|users?|passwords?|reports?) (?:(?:is|are|was|were|been) )*made", "created, generated"),
    (r"(?:is|are|was|were) put|put again|puts? (?:every (?:user|result)|only|results?|evaluations?)|(?:results?|evaluations?) put", "report an evaluation"),
    (r"(?:all )?but for", "except"),
    (r", for (?:it|they|there|this|AWS \w+s|the \w+ (?:is|are|has|have|needs?|can|may))", "because"),
    (r"(?<!there )(?:is|are) none", "does not exist"),
    (r"in place of", "instead of"),
    (r"(?:is|are|was|were) told(?! apart)|(?<!not )tells?(?! (?:\w+ ){0,3}apart)", "notify, report, say, show"),
    (r"(?:AWS Config|Config|it) holds|held results?", "stored result"),
    (r"do(?:es)? not speak about", "out of scope"),
    (r"meets? it|who is flagged", "flagged, noncompliant"),
    (r"cannot begin", "cannot start"),
    (r"time (?:was|is) up", "timed out"),
    (r"wants you", "needs manual action"),
    (r"ha(?:s|ve) no lane", "is not drawn"),
    (r"we|our|ours|us", "the program, or you"),
]
PATTERNS = [(re.compile(rf"(?<![\w.:/`*-])(?:{wrong})(?![\w:/`*-])", re.IGNORECASE), right) for wrong, right in WORDS]

# A reader does not hold more in mind. Tables and code do not count.
MAX_WORDS_OF_A_SENTENCE = 32

# A comment, a raw string, a string or a character: each hides the quotes within it.
TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|r(#*)\"(?P<raw>.*?)\"\1|\"(?P<text>(?:[^\"\\]|\\.)*)\"|'(?:\\[^']+|[^\\'])'", re.DOTALL
)


def found(text: str) -> list[str]:
    """The wrong words of a text, each with its surroundings and what to write instead."""
    hits = []
    for pattern, right in PATTERNS:
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - 30) : match.end() + 30]
            hits.append(f"`{match.group().strip()}` in `{' '.join(around.split())}`: write {right}")
    return hits


def prose(markdown: str) -> str:
    """A page without code, addresses and links' targets."""
    text = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^(?: {4}|\t).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]*`", "``", text)
    return re.sub(r"\]\([^)]*\)|https?://\S+", "", text)


def long_sentences(page: str) -> list[str]:
    """The sentences of a page, outside of its tables, that have too many words."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", re.sub(r"^\s*[|#].*$", "", prose(page), flags=re.MULTILINE))
    sentences = [each for block in blocks for each in re.split(r"(?<=[.:;?!])[*\"]*\s+", " ".join(block.split()))]
    return [each for each in sentences if len(re.findall(r"\w[^\s/]*", each)) > MAX_WORDS_OF_A_SENTENCE]


def strings(rust: str) -> str:
    """The string literals of Rust code that read as sentences, without those of its tests."""
    code = re.split(r"^#\[cfg\(test\)\]\nmod tests \{", rust, flags=re.MULTILINE)[0]
    literals = [match["raw"] or match["text"] or "" for match in TOKEN.finditer(code)]
    texts = [re.sub(r"\\\n\s*", "", literal).replace(r"\n", "\n") for literal in literals]
    return "\n".join(re.sub(r"`[^`]*`|\{[^}]*\}", "", text) for text in texts if " " in text.strip())


def documentation(rust: str) -> str:
    """The doc comments of Rust code, and the names of its tests as sentences."""
    blocks = re.findall(r"(?:^[ \t]*//[/!].*\n)+", rust, re.MULTILINE)
    comments = [re.sub(r"^[ \t]*//[/!] ?", "", block, flags=re.MULTILINE) for block in blocks]
    # an identifier has no capitals
    names = [re.sub(r"(?<![a-z])id(?=s?(?![a-z]))", "ID", name) for name in re.findall(r"#\[(?:tokio::)?test\]\s+(?:async )?fn (\w+)", rust)]
    return re.sub(r"`[^`]*`", "``", "\n".join([*comments, *names])).replace("_", " ")


def descriptions(template: object, key: str = "") -> Iterator[str]:
    """What the console shows of a template: descriptions, messages, and the labels of its parameters."""
    if isinstance(template, dict):
        for name, value in template.items():
            yield from descriptions(value, "label" if key in {"Label", "ParameterLabels", "label"} else name)
    elif isinstance(template, list):
        for value in template:
            yield from descriptions(value, key)
    elif isinstance(template, str) and (key == "label" or key.lower().endswith("description")):
        yield re.sub(r"`[^`]*`", "", template)
