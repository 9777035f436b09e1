"""Validates the formats for other tools: OCSF with the models that Prowler uses, ASFF with botocore's model of
BatchImportFindings. The findings are those of a report with every kind of user, printed by the binary that was built last.
"""

import json
import subprocess
import unittest
from pathlib import Path

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

WORKSPACE = Path(__file__).resolve().parents[2]
SETUPKEY = WORKSPACE / "target/debug/setupkey"
REPORT = WORKSPACE / "crates/setupkey/tests/reports/cis-sample.csv"


def findings(name: str) -> list[dict]:
    command = [SETUPKEY, "audit", "--credential-report", REPORT, "--preset", "cis-cli", "--format", name]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout)


class Findings(unittest.TestCase):
    def test_ocsf(self) -> None:
        elements = findings("ocsf")
        self.assertEqual(len(elements), 3, "brandon, paras and anitha have a password")
        for element in elements:
            finding = ComplianceFinding.model_validate(element)
            self.assertEqual((finding.class_uid, finding.type_uid, finding.metadata.version), (2003, 200301, "1.5.0"))
            unknown = element.keys() - ComplianceFinding.model_fields.keys() - {"cloud"}
            self.assertEqual(unknown, set(), "a member that the class does not have")
        statuses = {element["resources"][0]["name"]: element["compliance"]["status"] for element in elements}
        self.assertEqual(statuses, {"brandon": "Fail", "anitha": "Fail", "paras": "Pass"})

    def test_asff(self) -> None:
        elements = findings("asff")
        model = ServiceModel(Loader().load_service_model("securityhub", "service-2"))
        shape = model.operation_model("BatchImportFindings").input_shape
        report = ParamValidator().validate({"Findings": elements}, shape)
        self.assertEqual(report.generate_report(), "")
        statuses = {e["Resources"][0]["Details"]["AwsIamUser"]["UserName"]: e["Compliance"]["Status"] for e in elements}
        self.assertEqual(statuses, {"brandon": "FAILED", "anitha": "FAILED", "paras": "PASSED"})
        for element in elements:
            self.assertLessEqual(len(element["Title"]), 256)
            self.assertLessEqual(len(element["Description"]), 1024)


if __name__ == "__main__":
    unittest.main()
