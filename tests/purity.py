"""Checks that the arrows between the crates point one way, and that the decision stays pure.

Binaries -> aws -> rule: nothing below knows what is above. `crates/rule` and `crates/history` have no SDK, clock,
async or I/O: neither in what they depend on, nor in the parts of the standard library that they name. In some crates,
no two files name each other.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parent.parent

# What each crate of the workspace may use of the workspace.
MAY_USE = {
    "setupkey-rule": set(),
    "setupkey-history": {"setupkey-rule"},
    "setupkey-template": set(),
    "setupkey-aws": {"setupkey-rule"},
    "setupkey-lambda": {"setupkey-aws", "setupkey-rule"},
    "setupkey-local-aws": set(),
    "setupkey-bench": {"setupkey-local-aws"},
    "setupkey-tests": {"setupkey-local-aws"},
    "config-rule": {"setupkey-aws", "setupkey-lambda", "setupkey-rule"},
    "remediate": {"setupkey-aws", "setupkey-lambda", "setupkey-rule"},
    "setupkey": {"setupkey-aws", "setupkey-history", "setupkey-rule", "setupkey-template"},
}

# The pure crates, and all that each may depend on directly.
PURE = {
    "setupkey-rule": {"chrono", "csv", "serde", "serde_json", "thiserror"},
    "setupkey-history": {"chrono", "memchr", "serde", "serde_json", "setupkey-rule", "thiserror"},
}

# Crates in which no two files name each other, directly or by way of others.
WITHOUT_CIRCLES = ("crates/local-aws", "crates/bench")

# What only the command line needs: its logins and its organizations stay out of the functions.
FUNCTIONS = ("config-rule", "remediate")
COMMAND_LINE_ONLY = re.compile(r"^aws-(sdk-(sso|ssooidc|signin|organizations)|config v.*\b(credentials-login|credentials-process|sso)\b)")

IMPURE_CRATE = re.compile(r"^(aws-|tokio|async|futures|hyper|lambda|reqwest|ureq|rand|getrandom)")
IMPURE_STD = re.compile(r"\bstd::(env|fs|io|net|os|process|thread|time)\b|\basync\b|\bUtc::now\b|\bprintln!")


def metadata() -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    return json.loads(subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.PIPE).stdout)


def function_tree(package: str) -> list[str]:
    """Returns what a function is built from, as its own build resolves it: a crate a line, with its features."""
    command = ["cargo", "tree", "--locked", "--package", package, "--edges", "normal", "--prefix", "none",
               "--no-dedupe", "--format", "{p} {f}"]
    out = subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.PIPE).stdout.decode()
    return sorted(set(out.splitlines()))


def command_line_only(tree: list[str]) -> list[str]:
    return [line for line in tree if COMMAND_LINE_ONLY.match(line)]


def violations(graph: dict) -> list[str]:
    names = {package["id"]: package["name"] for package in graph["packages"]}
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    members = {names[member]: member for member in graph["workspace_members"]}
    found = []

    def normal(package: str) -> list[str]:
        return [
            dependency["pkg"]
            for dependency in nodes[package]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]

    if members.keys() != MAY_USE.keys():
        found.append(f"the members are {sorted(members)}, expected {sorted(MAY_USE)}: say what each may use")
    for name, allowed in MAY_USE.items():
        used = {names[package] for package in normal(members[name])} & members.keys() if name in members else set()
        found += [f"`{name}` uses `{other}`" for other in sorted(used - allowed)]

    for name, allowed in PURE.items():
        direct = {names[package] for package in normal(members[name])}
        found += [f"`{name}` depends on `{other}`" for other in sorted(direct - allowed)]
        reached, waiting = set(), [members[name]]
        while waiting:
            package = waiting.pop()
            if package not in reached:
                reached.add(package)
                waiting += normal(package)
        found += [f"`{name}` reaches `{names[p]}`" for p in sorted(reached) if IMPURE_CRATE.match(names[p])]
        for package in reached:
            if names[package] == "chrono" and {"clock", "now"} & set(nodes[package]["features"]):
                found.append("chrono's clock is enabled somewhere in the workspace")

        folder = WORKSPACE / "crates" / name.removeprefix("setupkey-") / "src"
        sources = [path for path in sorted(folder.rglob("*.rs")) if path.name != "tests.rs"]
        if not sources:
            found.append(f"no source of `{name}` was found")
        for path in sources:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if IMPURE_STD.search(line.split("//")[0]):
                    found.append(f"{path.relative_to(WORKSPACE)}:{number}: {line.strip()}")
    return found


def circles(crate: str) -> list[str]:
    """Groups of files that name each other: by `crate::`, by `super::`, and a parent its modules."""
    source = WORKSPACE / crate / "src"
    paths = {
        ".".join(path.relative_to(source).with_suffix("").parts): path
        for path in source.rglob("*.rs")
        if path.stem not in ("lib", "tests", "client") and path.parent.name != "bin"
    }

    def file_of(names: list[str]) -> str | None:
        return next((".".join(names[:end]) for end in (2, 1) if ".".join(names[:end]) in paths), None)

    named = {}
    for module, path in paths.items():
        text = path.read_text().partition("#[cfg(test)]")[0]
        parent = module.split(".")[:-1]
        uses = [file_of(match.split("::")) for match in re.findall(r"\bcrate::(\w+(?:::\w+)?)", text)]
        lists = re.findall(r"\buse crate::\{([^}]*)\}", text)
        uses += [file_of([name]) for names in lists for name in re.findall(r"\w+", names)]
        uses += [file_of([*parent, match]) or ".".join(parent) for match in re.findall(r"\bsuper::(\w*)", text)]
        uses += [file_of([*module.split("."), match]) for match in re.findall(r"^mod (\w+);", text, re.MULTILINE)]
        named[module] = {use for use in uses if use and use != module}

    def reached(module: str) -> set[str]:
        seen, waiting = set(), [module]
        while waiting:
            new = named[waiting.pop()] - seen
            seen |= new
            waiting += new
        return seen

    reach = {module: reached(module) for module in named}
    groups = {frozenset(other for other in reach[m] if m in reach[other]) for m in named if m in reach[m]}
    return [f"a circle in `{crate}`: {', '.join(sorted(group))}" for group in groups]


def main() -> int:
    found = violations(metadata())
    for crate in WITHOUT_CIRCLES:
        found += circles(crate)
    for function in FUNCTIONS:
        tree = function_tree(function)
        if not any(line.startswith("aws-config v") for line in tree):
            found.append(f"`{function}` has no `aws-config`: its tree was not read")
        found += [f"`{function}` is built with `{line}`" for line in command_line_only(tree)]
    if not command_line_only(function_tree("setupkey")):
        found.append("the command line has no logins: the functions were compared with nothing")
    for violation in found:
        print(violation)
    print(f"purity: {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
