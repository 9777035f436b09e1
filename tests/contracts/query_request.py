"""A request of the query protocol (iam, sns, sts): parameters checked against the input shape.

Parameters are rebuilt into dicts and lists along the shape; the constraints of the values
live in `shapes.py`. Names the shape does not know are passed through, so that the walker
refuses them.
"""

from __future__ import annotations

from typing import Union
from urllib.parse import parse_qsl

from botocore.model import OperationModel, Shape

from query import element_name, entry_names, read_text, unique_entries
from shapes import Violations, join, show, walk, wire_members

# `A.B.1=x` as {"A": {"B": {"1": "x"}}}
ParameterTree = Union[str, dict[str, "ParameterTree"]]

FORM = "application/x-www-form-urlencoded"


def check_request(
    operation: OperationModel, headers: dict[str, str], body: str, violations: Violations
) -> None:
    """Check content type, Action and Version, then the parameters against the input shape."""
    content_type = headers.get("content-type")
    if content_type is None or content_type.partition(";")[0].strip() != FORM:
        violations.add("content-type", f"`{FORM}` expected, got {show(content_type)}")
    try:
        pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        violations.add("", f"not form parameters ({error}): {show(body)}")
        return
    tree = parameter_tree(pairs, violations)
    fixed = {"Action": operation.name, "Version": operation.service_model.api_version}
    for name, expected in fixed.items():
        got = tree.pop(name, None)
        if got != expected:
            violations.add(name, f"`{expected}` expected, got {show(got)}")
    if operation.input_shape is not None:
        value = read_parameters(operation.input_shape, tree, "", violations)
        walk(operation.input_shape, value, "", read_text, violations)
    elif tree:
        violations.add("", f"no parameters expected, got {show(tree)}")


def parameter_tree(
    pairs: list[tuple[str, str]], violations: Violations
) -> dict[str, ParameterTree]:
    """The parameters as a tree along the dots of their names."""
    root: dict[str, ParameterTree] = {}
    for name, value in pairs:
        *parents, leaf = name.split(".")
        node: ParameterTree = root
        for parent in parents:
            node = node.setdefault(parent, {}) if isinstance(node, dict) else node
        if not isinstance(node, dict) or leaf in node:
            violations.add(name, f"given twice, or both as a value and a structure: {show(value)}")
        else:
            node[leaf] = value
    return root


def read_parameters(shape: Shape, node: ParameterTree, path: str, violations: Violations) -> object:
    """Rebuild the value of `shape`; what is not built like it is returned as it is."""
    if shape.type_name == "list" and node == "":
        return []  # how the query protocol writes a list without elements
    if not isinstance(node, dict):
        return node
    if shape.type_name == "structure":
        members = wire_members(shape)
        return {
            name: read_parameters(members[name], child, join(path, name), violations)
            if name in members
            else child
            for name, child in node.items()
        }
    if shape.type_name not in ("list", "map"):
        return node
    if not shape.serialization.get("flattened"):
        wrapper = "entry" if shape.type_name == "map" else element_name(shape)
        for name in node.keys() - {wrapper}:
            violations.add(join(path, name), f"unknown parameter, `{wrapper}` expected")
        path, node = join(path, wrapper), node.get(wrapper, {})
        if not isinstance(node, dict):
            return node
    # By count, not by sorting the names: `01`, `0` or a gap must not pass for an index.
    indexes = [str(index) for index in range(1, len(node) + 1)]
    if set(indexes) != set(node):
        violations.add(path, f"indexes from 1 without gaps expected, got {show(sorted(node))}")
    nodes = [node[index] for index in indexes if index in node]
    if shape.type_name == "list":
        return [
            read_parameters(shape.member, child, f"{path}.{index}", violations)
            for index, child in enumerate(nodes, 1)
        ]
    entries: list[tuple[object, object]] = []
    key_name, value_name = entry_names(shape)
    for index, entry in enumerate(nodes, 1):
        at = f"{path}.{index}"
        if not isinstance(entry, dict) or set(entry) != {key_name, value_name}:
            violations.add(at, f"{key_name} and {value_name} expected, got {show(entry)}")
            continue
        value = read_parameters(shape.value, entry[value_name], join(at, value_name), violations)
        entries.append((entry[key_name], value))
    return unique_entries(entries, path, violations)
