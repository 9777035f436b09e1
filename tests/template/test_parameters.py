"""Code, template and README agree on the parameters. Each mistake is planted and has to be found."""

from __future__ import annotations

import re
import unittest

import regex

from deployed import read
from parameters import deploy_guide, differences, of_code, of_declaration, one, readme, source


class RuleParameters(unittest.TestCase):
    def setUp(self) -> None:
        self.source, self.template, self.readme = source(), read(), readme()

    def found(self, name: str) -> None:
        found = differences(self.source, self.template, self.readme)
        self.assertTrue(any(f"`{name}`" in each for each in found), found)

    def test_code_template_and_readme_agree(self) -> None:
        self.assertEqual(differences(self.source, self.template, self.readme), [])
        self.assertEqual(len(of_code(self.source)), 6)

    def test_a_parameter_renamed_in_the_code_is_found(self) -> None:
        self.source = self.source.replace('    "setupWindowSeconds",', '    "setupWindow",')
        self.found("setupWindow")

    def test_a_parameter_renamed_in_the_rule_of_the_template_is_found(self) -> None:
        given = self.template["Resources"]["ConfigRule"]["Properties"]["InputParameters"]
        given["inactiveKeys"] = given.pop("includeInactiveKeys")
        self.found("inactiveKeys")

    def test_a_template_parameter_renamed_is_found(self) -> None:
        self.template["Parameters"]["Window"] = self.template["Parameters"].pop("SetupWindowSeconds")
        self.found("setupWindowSeconds")

    def test_a_parameter_renamed_in_the_readme_is_found(self) -> None:
        self.readme = self.readme.replace("| `refreshAfterDays` |", "| `refreshDays` |")
        self.found("refreshAfterDays")

    def test_a_parameter_left_out_is_found(self) -> None:
        del self.template["Resources"]["ConfigRule"]["Properties"]["InputParameters"]["scope"]
        self.found("scope")

    def test_a_different_default_is_found(self) -> None:
        self.template["Parameters"]["Criterion"]["Default"] = "setup"
        self.found("criterion")

    def test_a_different_range_is_found(self) -> None:
        self.template["Parameters"]["RefreshAfterDays"]["MaxValue"] = 366
        self.found("refreshAfterDays")

    def test_a_criterion_more_in_the_code_is_found(self) -> None:
        self.source = self.source.replace(
            '("setup", Self::Setup),', '("setup", Self::Setup), ("rotated", Self::Rotated),'
        )
        self.found("criterion")

    def test_the_pattern_of_the_tag_prefix_is_that_of_the_code(self) -> None:
        # CloudFormation's patterns are Java's, which know \p as this module does
        pattern = regex.compile(self.template["Parameters"]["ExceptionTagPrefix"]["AllowedPattern"])
        allowed = one(r'allowed = \|c: char\| c.is_alphanumeric\(\) \|\| "([^"]+)"', self.source)
        for accepted in ["none", "setup-key-exception", f"é1{allowed}", "awsome", "x:aws:"]:
            self.assertTrue(pattern.fullmatch(accepted), accepted)
        for refused in ["aws:x", "AWS:x", "aWs:", "a,b", "a*", "a\n", ""]:
            self.assertFalse(pattern.fullmatch(refused), refused)


class TemplateParameters(unittest.TestCase):
    def setUp(self) -> None:
        self.template = read()
        self.interface = self.template["Metadata"]["AWS::CloudFormation::Interface"]

    def test_every_parameter_is_described_labelled_and_in_one_group(self) -> None:
        names = sorted(self.template["Parameters"])
        groups = [name for group in self.interface["ParameterGroups"] for name in group["Parameters"]]
        self.assertEqual(sorted(groups), names)
        self.assertEqual(sorted(self.interface["ParameterLabels"]), names)
        for name, declared in self.template["Parameters"].items():
            self.assertGreater(len(declared.get("Description", "")), 15, name)

    def test_every_parameter_says_what_it_accepts(self) -> None:
        for name, declared in self.template["Parameters"].items():
            limits = {"AllowedValues", "AllowedPattern", "MinValue"} & declared.keys()
            self.assertTrue(limits, name)

    def test_the_deploy_guide_lists_the_other_parameters(self) -> None:
        table = one(r"\n\| template parameter \| values \| default \|\n\|[-|]+\|\n(.*?)\n\n", deploy_guide())
        documented = {}
        for line in table.splitlines():
            name, _, default = (cell.strip() for cell in line.strip("|").split("|"))
            documented[name.strip("`")] = default.strip("`")
        of_rule = {name[0].upper() + name[1:] for name in of_code(source())}
        declared = {
            name: of_declaration(declared)["default"]
            for name, declared in self.template["Parameters"].items()
            if name not in of_rule
        }
        self.assertEqual({name: re.sub("^empty$", "", value) for name, value in documented.items()}, declared)


if __name__ == "__main__":
    unittest.main()
