"""Plants one mistake per kind of violation and sees it found; good exchanges must pass.

python -m unittest discover -s tests/contracts
"""

from __future__ import annotations

import copy
import io
import json
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from botocore.model import ServiceModel

import query_answer
import query_request
import shapes
from examples import EVALUATION, GOOD
from mistakes import (
    MISTAKES_IN_ANSWERS,
    MISTAKES_IN_HEADERS,
    MISTAKES_IN_REQUESTS,
    MISTAKES_IN_STATUS,
    NOT_EXCHANGES,
)
from shapes import Violations
from validate import main

# None of the four services has a flattened or renamed list; the protocol does.
FLATTENED = ServiceModel(
    {
        "metadata": {"apiVersion": "1", "protocol": "query", "xmlNamespace": "urn:x"},
        "operations": {
            "Op": {
                "name": "Op",
                "input": {"shape": "S"},
                "output": {"shape": "S", "resultWrapper": "OpResult"},
            }
        },
        "shapes": {
            "S": {
                "type": "structure",
                "required": ["Names"],
                "members": {"Names": {"shape": "L"}, "Tags": {"shape": "M"}},
            },
            "L": {
                "type": "list",
                "flattened": True,
                "max": 2,
                "member": {"shape": "T", "locationName": "Name"},
            },
            "M": {
                "type": "map",
                "flattened": True,
                "key": {"shape": "T"},
                "value": {"shape": "T"},
            },
            "T": {"type": "string"},
        },
    },
    "x",
).operation_model("Op")


def run(*lines: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    """The exit code and output of the command for a folder with these lines."""
    with TemporaryDirectory() as folder:
        Path(folder, "exchanges.jsonl").write_text("\n".join(lines), encoding="utf-8")
        return run_on(folder, options)


def run_on(folder: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    """The exit code and output of the command for a folder."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        code = main([*options, folder])
    return code, output.getvalue()


class ValidateTest(unittest.TestCase):
    """The command, from a folder to its exit code."""

    def assert_found(self, exchange: dict, side: str, expected: str) -> None:
        """The exchange has a violation on this side, reported with its place."""
        code, output = run(json.dumps(exchange))
        place = f"exchanges.jsonl:1 {exchange['service']}.{exchange['operation']} {side}: "
        found = [line for line in output.splitlines() if place in line and expected in line]
        self.assertTrue(found, f"`{expected}` not among:\n{output}")
        self.assertEqual(code, 1)

    def test_good_exchanges_pass(self) -> None:
        for name, exchange in GOOD.items():
            with self.subTest(name):
                self.assertIn(" 0 violations", run(json.dumps(exchange))[1])
        code, output = run(*map(json.dumps, GOOD.values()))
        self.assertEqual(code, 0, output)
        self.assertIn(f"validated {len(GOOD)} exchanges: 11 operations, 0 violations", output)
        self.assertRegex(output, r"iam\.ListUsers +2 +2 +0\n")

    def test_mistakes_in_bodies_are_found(self) -> None:
        tables = [("request", MISTAKES_IN_REQUESTS), ("answer", MISTAKES_IN_ANSWERS)]
        for side, table in tables:
            for name, old, new, expected in table:
                with self.subTest(expected, example=name, new=new[:40]):
                    exchange = copy.deepcopy(GOOD[name])
                    message = exchange["request" if side == "request" else "response"]
                    self.assertIn(old, message["body"])
                    message["body"] = message["body"].replace(old, new)
                    self.assert_found(exchange, side, expected)

    def test_values_at_their_limits_pass(self) -> None:
        for annotation, count in [("k" * 256, 1), ("\U0001f511" * 256, 1), ("k", 100)]:
            with self.subTest(annotation[:4], count=count):
                exchange = copy.deepcopy(GOOD["evaluations"])
                evaluations = [{**EVALUATION, "Annotation": annotation}] * count
                body = {"Evaluations": evaluations, "ResultToken": "token"}
                exchange["request"]["body"] = json.dumps(body)
                self.assertEqual(run(json.dumps(exchange))[0], 0)

    def test_mistakes_in_headers_are_found(self) -> None:
        for name, header, value, expected in MISTAKES_IN_HEADERS:
            with self.subTest(expected):
                exchange = copy.deepcopy(GOOD[name])
                exchange["request"]["headers"][header] = value
                self.assert_found(exchange, "request", expected)
                del exchange["request"]["headers"][header]
                self.assert_found(exchange, "request", header)

    def test_content_types_of_answers(self) -> None:
        for name in ("users", "details"):
            exchange = copy.deepcopy(GOOD[name])
            exchange["response"]["headers"]["content-type"] = "text/html"
            self.assert_found(exchange, "answer", "content-type: ")

    def test_mistakes_in_status_are_found(self) -> None:
        for name, status, expected in MISTAKES_IN_STATUS:
            with self.subTest(expected):
                exchange = copy.deepcopy(GOOD[name])
                exchange["response"]["status"] = status
                self.assert_found(exchange, "answer", expected)

    def test_lines_that_are_no_exchanges_are_found(self) -> None:
        for line, expected in NOT_EXCHANGES:
            with self.subTest(expected):
                code, output = run(json.dumps(GOOD["users"]), line)
                self.assertEqual(code, 1)
                self.assertIn("exchanges.jsonl:2 not an exchange: ", output)
                self.assertIn(expected, output)

    def test_nothing_to_validate(self) -> None:
        self.assertEqual(run()[0], 2)
        self.assertEqual(run("", "")[0], 2)
        with TemporaryDirectory() as folder:
            self.assertEqual(run_on(folder)[0], 2)
        self.assertEqual(run_on(folder)[0], 2, "the folder is gone")

    def test_only_the_request_of_a_deliberate_answer_is_judged(self) -> None:
        exchange = copy.deepcopy(GOOD["users"])
        exchange["response"]["body"] = "<garbage"
        self.assert_found(exchange, "answer", "not xml")
        exchange["deliberate"] = True
        code, output = run(json.dumps(exchange))
        self.assertEqual(code, 0, output)
        self.assertRegex(output, r"iam\.ListUsers +1 +0 +0\n")
        exchange["request"]["body"] = "Action=ListUsers"
        self.assert_found(exchange, "request", "Version: ")

    def test_a_request_without_answer_is_judged(self) -> None:
        exchange = {**copy.deepcopy(GOOD["users"]), "response": None}
        self.assertEqual(run(json.dumps(exchange))[0], 0)
        exchange["request"]["body"] = "Version=2010-05-08"
        self.assert_found(exchange, "request", "Action: `ListUsers` expected")

    def test_expected_operations(self) -> None:
        line = json.dumps(GOOD["users"])
        self.assertEqual(run(line, options=("--expect", "ListUsers"))[0], 0)
        code, output = run(line, options=("--expect", "ListUsers,Publish"))
        self.assertEqual(code, 1)
        self.assertIn("expected operation never seen: `Publish`", output)


class ShapesTest(unittest.TestCase):
    """What the four services do not show, but their protocols and models may."""

    def test_flattened_lists_and_maps(self) -> None:
        good = "Name.1=a&Name.2=b&Tags.1.key=k&Tags.1.value=v"
        for parameters, expected in [
            (good, []),
            ("Names.1=a", ["Names: required", "Names: unknown member"]),
            ("Name.member.1=a", ["Name: indexes from 1"]),
            ("Name.1=a&Name.2=b&Name.3=c", ["Name: 3 elements is more than"]),
        ]:
            with self.subTest(parameters):
                violations = Violations()
                headers = {"content-type": query_request.FORM}
                body = f"Action=Op&Version=1&{parameters}"
                query_request.check_request(FLATTENED, headers, body, violations)
                self.assert_lines(violations, expected)

    def test_flattened_elements(self) -> None:
        tags = "<Tags><key>k</key><value>v</value></Tags>"
        for xml, expected in [
            (f"<Name>a</Name>{tags}<Name>b</Name>", []),
            ("<Name><member>a</member></Name>", ["Name[0]: string expected"]),
            (f"<Name>a</Name>{tags}{tags}", ["Tags: a key of its own"]),
        ]:
            with self.subTest(xml):
                violations = Violations()
                metadata = "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
                body = (
                    f'<OpResponse xmlns="urn:x"><OpResult>{xml}</OpResult>{metadata}</OpResponse>'
                )
                query_answer.check_answer(FLATTENED, 200, {}, body, violations)
                self.assert_lines(violations, expected)

    def assert_lines(self, violations: Violations, expected: list[str]) -> None:
        """One line begins with each of the expected texts, and there is no other."""
        self.assertEqual(len(violations.lines), len(expected), violations.lines)
        for line, start in zip(violations.lines, expected):
            self.assertTrue(line.startswith(start), line)

    def test_a_pattern_python_lacks_is_a_note(self) -> None:
        self.addCleanup(shapes.uncompiled_patterns.clear)
        self.assertIsNone(shapes.compile_pattern(r"\p{L}+[a"))
        code, output = run(json.dumps(GOOD["users"]), json.dumps(GOOD["keys"]))
        self.assertEqual((code, output.count("note: pattern not checked")), (0, 1))


if __name__ == "__main__":
    unittest.main()
