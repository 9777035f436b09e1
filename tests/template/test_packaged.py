"""The packaged template deploys what template.yaml deploys, with the code where a release has it."""

from __future__ import annotations

import sys
import unittest

from deployed import WORKSPACE, of_type, read

sys.path.insert(0, str(WORKSPACE / "release"))

from packaged import ARCHITECTURES, packaged, version  # noqa: E402


class Packaged(unittest.TestCase):
    def setUp(self) -> None:
        self.source = read()
        self.packaged = {name: packaged(read(), name) for name in ARCHITECTURES}

    def test_it_needs_no_sam(self) -> None:
        for template in self.packaged.values():
            self.assertNotIn("Transform", template)
            self.assertFalse([each["Type"] for each in template["Resources"].values() if "Serverless" in each["Type"]])

    def test_no_resource_parameter_or_output_is_lost(self) -> None:
        for template in self.packaged.values():
            for section in ["Resources", "Parameters", "Outputs", "Rules", "Conditions"]:
                self.assertLessEqual(self.source[section].keys(), template[section].keys(), section)
            added = template["Parameters"].keys() - self.source["Parameters"].keys()
            self.assertEqual(added, {"ArtifactBucketName", "ArtifactVersion"})

    def test_the_code_is_where_a_release_puts_it(self) -> None:
        for template in self.packaged.values():
            code = [each["Properties"]["Code"] for each in of_type(template["Resources"], "AWS::Lambda::Function").values()]
            self.assertEqual({each["S3Bucket"]["Ref"] for each in code}, {"ArtifactBucketName"})
            keys = {each["S3Key"]["Fn::Sub"] for each in code}
            self.assertEqual(keys, {f"setupkey/${{ArtifactVersion}}/{name}.zip" for name in ["config-rule", "remediate"]})
            self.assertEqual(template["Parameters"]["ArtifactVersion"]["Default"], version())

    def test_the_architecture_is_that_of_the_archive(self) -> None:
        for name, template in self.packaged.items():
            self.assertEqual(template["Parameters"]["Architecture"]["Default"], name)

    def test_every_parameter_has_a_group_in_the_console(self) -> None:
        for template in self.packaged.values():
            groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
            grouped = [name for group in groups for name in group["Parameters"]]
            self.assertEqual(sorted(grouped), sorted(template["Parameters"]))


if __name__ == "__main__":
    unittest.main()
