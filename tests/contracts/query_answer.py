"""An answer of the query protocol (iam, sns, sts): XML, checked against output shape or errors.

Elements are rebuilt into dicts and lists along the shape; the constraints of the values
live in `shapes.py`. Names the shape does not know are passed through, so that the walker
refuses them.
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from botocore.model import OperationModel, Shape

from errors import check_error
from query import element_name, entry_names, read_text, unique_entries
from shapes import Violations, join, show, walk, wire_members

# Errors answered before a request reaches its service bear this namespace.
FAULT_NAMESPACE = "http://webservices.amazon.com/AWSFault/2005-15-09"


def check_answer(
    operation: OperationModel,
    status: int,
    headers: dict[str, str],
    body: str,
    violations: Violations,
) -> None:
    """Check an XML answer against the output shape, or against the operation's errors."""
    content_type = headers.get("content-type", "text/xml")
    if content_type.partition(";")[0].strip() not in ("text/xml", "application/xml"):
        violations.add("content-type", f"`text/xml` expected, got {show(content_type)}")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        violations.add("", f"not xml ({error}): {show(body)}")
        return
    succeeded = 200 <= status < 300
    namespaces = [operation.metadata["xmlNamespace"]] + ([] if succeeded else [FAULT_NAMESPACE])
    strip_namespaces(root, namespaces, violations)
    expected = f"{operation.name}Response" if succeeded else "ErrorResponse"
    if root.tag != expected:
        violations.add("", f"root element `{expected}` expected, got {show(root.tag)}")
    elif succeeded:
        check_output(operation, root, violations)
    else:
        check_error_response(operation, status, root, violations)


def strip_namespaces(root: Element, namespaces: list[str], violations: Violations) -> None:
    """Reduce every tag to its local name; refuse other namespaces, attributes and stray text."""
    for element in root.iter():
        namespace, _, element.tag = element.tag.rpartition("}")
        if namespace[1:] not in namespaces:
            violations.add(element.tag, f"namespace {show(namespace[1:])} is none of {namespaces}")
        if element.attrib:
            violations.add(element.tag, f"unknown attributes {show(element.attrib)}")
        texts = [element.text, *(child.tail for child in element)] if len(element) else []
        for text in texts:
            if text and text.strip():
                violations.add(element.tag, f"text between elements: {show(text)}")


def check_output(operation: OperationModel, root: Element, violations: Violations) -> None:
    """Check the result, when the operation has one, and the id of the request."""
    shape = operation.output_shape
    expected = ["ResponseMetadata"]
    if shape is not None:
        expected.append(shape.serialization["resultWrapper"])
    tags = [child.tag for child in root]
    for name in expected:
        if tags.count(name) != 1:
            violations.add(name, f"one element expected, got {tags.count(name)}")
    for name in sorted(set(tags) - set(expected)):
        violations.add(name, f"unknown element of `{root.tag}`")
    metadata = root.find("ResponseMetadata")
    if metadata is not None:
        check_texts(metadata, {"RequestId"}, set(), violations)
    result = None if shape is None else root.find(expected[1])
    if result is not None:
        walk(shape, read_element(shape, result, "", violations), "", read_text, violations)


def check_error_response(
    operation: OperationModel, status: int, root: Element, violations: Violations
) -> None:
    """Check an error: who is at fault, a code, a message, and the id of the request."""
    tags = [child.tag for child in root]
    for name in sorted(set(tags) - {"Error", "RequestId"}):
        violations.add(name, "unknown element of `ErrorResponse`")
    if tags.count("RequestId") != 1 or not root.findtext("RequestId"):
        violations.add("RequestId", "required element is missing, empty or repeated")
    error = root.find("Error")
    if error is None or tags.count("Error") > 1:
        violations.add("Error", f"one element expected, got {tags.count('Error')}")
        return
    code = error.findtext("Code", "")
    shape = check_error(operation, code, status, violations)
    # The models spell it `message`, the answers `Message`.
    members = set() if shape is None else {n for n in shape.members if n.lower() != "message"}
    check_texts(error, {"Type", "Code", "Message"}, {"Detail"} | members, violations)
    faults = ["Sender", "Receiver"]
    if shape is not None and "error" in shape.metadata:
        faults = ["Sender" if shape.metadata["error"].get("senderFault") else "Receiver"]
    fault = error.findtext("Type", "")
    if fault not in faults:
        violations.add("Error.Type", f"{' or '.join(faults)} expected, got {show(fault)}")


def check_texts(
    parent: Element, required: set[str], optional: set[str], violations: Violations
) -> None:
    """Check that every required child is there, once and not empty, and none is unknown."""
    tags = [child.tag for child in parent]
    for name in sorted(required):
        if tags.count(name) != 1 or not parent.findtext(name):
            violations.add(f"{parent.tag}.{name}", "required element is missing, empty or repeated")
    for name in sorted(set(tags) - required - optional):
        violations.add(f"{parent.tag}.{name}", "unknown element")


def read_element(shape: Shape, element: Element, path: str, violations: Violations) -> object:
    """Rebuild the value of `shape`; what is not built like it is returned as text or tags."""
    if shape.type_name == "structure":
        return read_children(shape, element, path, violations)
    if shape.type_name in ("list", "map"):
        name = "entry" if shape.type_name == "map" else element_name(shape)
        for child in element:
            if child.tag != name:
                violations.add(join(path, child.tag), f"unknown element, `{name}` expected")
        if element.text and element.text.strip():
            violations.add(path, f"elements expected, got {show(element.text)}")
        return read_items(shape, element.findall(name), path, violations)
    return {child.tag: child.text for child in element} if len(element) else element.text or ""


def read_children(shape: Shape, element: Element, path: str, violations: Violations) -> object:
    """Rebuild a structure from its child elements."""
    if element.text and element.text.strip():
        return element.text
    members = wire_members(shape)
    value: dict[str, object] = {}
    for name in dict.fromkeys(child.tag for child in element):
        children, at = element.findall(name), join(path, name)
        if name not in members:
            value[name] = children[0].text
        elif members[name].serialization.get("flattened"):
            value[name] = read_items(members[name], children, at, violations)
        else:
            value[name] = read_element(members[name], children[0], at, violations)
            if len(children) > 1:
                violations.add(at, f"element occurs {len(children)} times")
    return value


def read_items(shape: Shape, elements: list[Element], path: str, violations: Violations) -> object:
    """Rebuild a list from its elements, or a map from its entries."""
    if shape.type_name == "list":
        return [
            read_element(shape.member, element, f"{path}[{index}]", violations)
            for index, element in enumerate(elements)
        ]
    entries: list[tuple[object, object]] = []
    key_name, value_name = entry_names(shape)
    for entry in elements:
        parts = {child.tag: child for child in entry}
        if len(entry) != 2 or set(parts) != {key_name, value_name}:
            violations.add(path, f"entries of {key_name} and {value_name} expected")
            continue
        value = read_element(shape.value, parts[value_name], path, violations)
        entries.append((read_element(shape.key, parts[key_name], path, violations), value))
    return unique_entries(entries, path, violations)
