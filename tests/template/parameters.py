"""The six parameters of the rule as code, template and README have them, brought to one form to compare.

A parameter is a dict of `default`, and `values` (a list) or `range` (from, to) or `length` (from, to). A template
parameter of another name than the rule's shows as `given`.
"""

from __future__ import annotations

import re

from deployed import WORKSPACE

BOOLEAN = ["true", "false"]


def of_code(source: str) -> dict[str, dict]:
    """The parameters of crates/rule/src/parameters.rs."""
    names = re.findall(r'"(\w+)"', one(r"PARAMETER_NAMES: \[&str; \d+\] = \[(.*?)\];", source))
    defaults = one(r"impl Default for RuleParameters \{.*?Self \{\n(.*?)\n        \}", source)

    def constant(name: str) -> int:
        return int(one(rf"pub const {name}: \w+ = ([\d_]+);", source).replace("_", ""))

    def variants(kind: str) -> dict[str, str]:
        listed = one(rf"impl {kind} \{{.*?NAMES: .*?=\s*\[(.*?)\];", source)
        return {variant: name for name, variant in re.findall(r'\("([\w-]+)", Self::(\w+)\)', listed)}

    def default(field: str, pattern: str) -> str:
        return one(rf"{field}: {pattern},", defaults)

    criteria, scopes = variants("Criterion"), variants("Scope")
    facts = {
        "criterion": {
            "values": list(criteria.values()),
            "default": criteria[default("criterion", r"Criterion::(\w+)")],
        },
        "scope": {
            "values": list(scopes.values()),
            "default": scopes[default("scope", r"Scope::(\w+)")],
        },
        "setupWindowSeconds": {
            "range": (0, constant("MAX_SETUP_WINDOW_SECONDS")),
            "default": default("setup_window", r"TimeDelta::seconds\((\d+)\)"),
        },
        "includeInactiveKeys": {
            "values": BOOLEAN,
            "default": default("include_inactive_keys", r"(true|false)"),
        },
        "refreshAfterDays": {
            "range": (0, constant("MAX_REFRESH_AFTER_DAYS")),
            "default": default("refresh_after", r"TimeDelta::days\((\d+)\)"),
        },
        "exceptionTagPrefix": {
            "length": (1, constant("MAX_EXCEPTION_TAG_PREFIX_CHARACTERS")),
            "default": default("exception_tag_prefix", r'Some\("([^"]+)"\.to_owned\(\)\)'),
        },
    }
    # a name that this file does not know, or knows no more, stays visible as a difference
    return {name: facts.get(name, {}) for name in names}


def of_template(template: dict) -> dict[str, dict]:
    """The parameters that the template gives to the rule."""
    given = template["Resources"]["ConfigRule"]["Properties"]["InputParameters"]
    found = {}
    for name, value in given.items():
        parameter = name[0].upper() + name[1:]
        found[name] = of_declaration(template["Parameters"].get(parameter, {}))
        if value != {"Ref": parameter}:
            found[name]["given"] = value
    return found


def of_declaration(declared: dict) -> dict:
    """What a template parameter accepts."""
    found = {"default": str(declared.get("Default"))}
    if "AllowedValues" in declared:
        found["values"] = [str(value) for value in declared["AllowedValues"]]
    if "MinValue" in declared:
        found["range"] = (declared["MinValue"], declared["MaxValue"])
    if "MinLength" in declared:
        found["length"] = (declared["MinLength"], declared["MaxLength"])
    return found


def of_readme(text: str) -> dict[str, dict]:
    """The parameters in the README's table. It describes a tag-key prefix in words, without its length."""
    table = one(r"\n\| rule parameter \| values \| default \|\n\|[-|]+\|\n(.*?)\n\n", text)
    found = {}
    for line in table.splitlines():
        name, values, default = (cell.strip() for cell in line.strip("|").split("|"))
        found[name.strip("`")] = parameter = {"default": default.strip("`")}
        if span := re.match(r"(\d+) to (\d+)", values):
            parameter["range"] = tuple(int(end) for end in span.groups())
        elif re.fullmatch(r"`[\w-]+`(, `[\w-]+`)*", values):
            parameter["values"] = re.findall(r"`([\w-]+)`", values)
    return found


def differences(source: str, template: dict, readme: str) -> list[str]:
    """Where the three do not say the same."""
    code = of_code(source)
    found = []
    for place, parameters in [("template.yaml", of_template(template)), ("README.md", of_readme(readme))]:
        for name in sorted(code.keys() | parameters.keys()):
            expected = dict(code.get(name, {}))
            if place == "README.md":
                expected.pop("length", None)
            if name not in code or parameters.get(name) != expected:
                found.append(f"`{name}` in {place}: {parameters.get(name)}, in the code: {code.get(name)}")
    return found


def one(pattern: str, text: str) -> str:
    """The only match of a pattern: anything else means that the text is not what this file knows."""
    matches = re.findall(pattern, text, re.DOTALL)
    if len(matches) != 1:
        raise ValueError(f"`{pattern}` matches {len(matches)} times")
    return matches[0]


def source() -> str:
    """The code."""
    return (WORKSPACE / "crates/rule/src/parameters.rs").read_text()


def readme() -> str:
    """The README."""
    return (WORKSPACE / "README.md").read_text()


def deploy_guide() -> str:
    """The page that says what the template asks for."""
    return (WORKSPACE / "docs/deploy.md").read_text()
