"""The artifacts of an organization are where the templates look for them."""

from __future__ import annotations

import sys
import unittest
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from deployed import WORKSPACE, of_type, read

sys.path.insert(0, str(WORKSPACE / "release"))

from artifacts import VERSION, collect  # noqa: E402


class Artifacts(unittest.TestCase):
    def setUp(self) -> None:
        temporary = TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.build, self.folder = Path(temporary.name) / "build", Path(temporary.name) / "setupkey/1.0.0"
        for name in of_type(read()["Resources"], "AWS::Serverless::Function"):
            (self.build / name).mkdir(parents=True)
            (self.build / name / "bootstrap").write_bytes(name.encode())

    def test_every_function_and_template_is_where_the_templates_look(self) -> None:
        written = {path.name for path in collect(WORKSPACE, self.build, self.folder)}
        keys = {
            function["Properties"]["Code"]["S3Key"]["Fn::Sub"]
            for function in of_type(read(WORKSPACE / "org/member.yaml")["Resources"], "AWS::Lambda::Function").values()
        }
        self.assertEqual({f"setupkey/${{ArtifactVersion}}/{name}" for name in written if name.endswith("zip")}, keys)
        self.assertEqual({name for name in written if not name.endswith("zip")}, {"member.yaml"})

    def test_the_archive_holds_an_executable_bootstrap_and_is_the_same_every_time(self) -> None:
        collect(WORKSPACE, self.build, self.folder)
        path = self.folder / "config-rule.zip"
        first = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            [entry] = archive.infolist()
            self.assertEqual((entry.filename, entry.external_attr >> 16 & 0o777), ("bootstrap", 0o755))
            self.assertEqual(archive.read("bootstrap"), b"ConfigRuleFunction")
        collect(WORKSPACE, self.build, self.folder)
        self.assertEqual(path.read_bytes(), first)

    def test_a_function_that_was_not_built_is_told(self) -> None:
        (self.build / "ConfigRuleFunction/bootstrap").unlink()
        with self.assertRaisesRegex(FileNotFoundError, "run `make build` first"):
            collect(WORKSPACE, self.build, self.folder)

    def test_a_version_is_what_the_templates_accept(self) -> None:
        pattern = read(WORKSPACE / "org/member.yaml")["Parameters"]["ArtifactVersion"]["AllowedPattern"]
        self.assertEqual(pattern, "^[A-Za-z0-9][A-Za-z0-9._+-]*$")
        for accepted in ["1.0.0", "2026-11-22", "v1+arm64"]:
            self.assertTrue(VERSION.fullmatch(accepted), accepted)
        for refused in ["", "../1", "a/b", ".hidden", "x" * 65]:
            self.assertFalse(VERSION.fullmatch(refused), refused)


if __name__ == "__main__":
    unittest.main()
