"""Validates the formats for other tools: OCSF with the models that Prowler uses, ASFF with botocore's model of
BatchImportFindings. The findings are those of a sample report, printed by the binary that was built last, and those that
the system suite left: users who are exempt, not read, or flagged for an inactive key.
"""

import unittest

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from documents import WORKSPACE, of_the_system_suite, printed
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

REPORT = WORKSPACE / "crates/setupkey/tests/reports/cis-sample.csv"


def findings(name: str) -> list[dict]:
    return printed("audit", "--credential-report", REPORT, "--preset", "cis-cli", "--format", name)


class Findings(unittest.TestCase):
    def assert_ocsf(self, elements: list[dict]) -> None:
        for element in elements:
            finding = ComplianceFinding.model_validate(element)
            self.assertEqual((finding.class_uid, finding.type_uid, finding.metadata.version), (2003, 200301, "1.5.0"))
            unknown = element.keys() - ComplianceFinding.model_fields.keys() - {"cloud"}
            self.assertEqual(unknown, set(), "a member that the class does not have")

    def assert_asff(self, elements: list[dict]) -> None:
        model = ServiceModel(Loader().load_service_model("securityhub", "service-2"))
        shape = model.operation_model("BatchImportFindings").input_shape
        report = ParamValidator().validate({"Findings": elements}, shape)
        self.assertEqual(report.generate_report(), "")
        # botocore knows no values and no lengths of strings
        allowed = {
            name: set(model.shape_for(name).enum) for name in ("ComplianceStatus", "WorkflowStatus", "SeverityLabel")
        }
        for element in elements:
            self.assertIn(element["Compliance"]["Status"], allowed["ComplianceStatus"])
            self.assertIn(element["Workflow"]["Status"], allowed["WorkflowStatus"])
            self.assertIn(element["Severity"]["Label"], allowed["SeverityLabel"])
            self.assertLessEqual(len(element["Title"]), 256)
            self.assertLessEqual(len(element["Description"]), 1024)
            self.assertLessEqual(len(element.get("Note", {}).get("Text", "")), 512)

    def test_ocsf(self) -> None:
        elements = findings("ocsf")
        self.assertEqual(len(elements), 3, "brandon, paras and anitha have a password")
        self.assert_ocsf(elements)
        statuses = {element["resources"][0]["name"]: element["compliance"]["status"] for element in elements}
        self.assertEqual(statuses, {"brandon": "Fail", "anitha": "Fail", "paras": "Pass"})

    def test_asff(self) -> None:
        elements = findings("asff")
        self.assert_asff(elements)
        statuses = {e["Resources"][0]["Details"]["AwsIamUser"]["UserName"]: e["Compliance"]["Status"] for e in elements}
        self.assertEqual(statuses, {"brandon": "FAILED", "anitha": "FAILED", "paras": "PASSED"})

    def test_findings_of_the_system_suite(self) -> None:
        for ending, assert_valid in (("ocsf", self.assert_ocsf), ("asff", self.assert_asff)):
            documents = of_the_system_suite(self, ending)
            self.assertTrue(documents)
            for name, elements in documents:
                with self.subTest(document=name):
                    self.assertGreaterEqual(len(elements), 4)
                    assert_valid(elements)


if __name__ == "__main__":
    unittest.main()
