//! OCSF: an array of Compliance Findings (class 2003), schema version 1.5.0, which is the one in Prowler's models.

use serde_json::{Value, json};
use setupkey_rule::verdict::ComplianceType;

use super::finding::{CONTROL, Finding, STANDARD, TITLE};
use crate::audit::model::{Account, Audit, Tagged, User};

/// The version of the schema.
const VERSION: &str = "1.5.0";

/// A user's finding.
pub(super) fn element(audit: &Audit, account: &Account, user: &User, finding: &Finding) -> Value {
    let (compliance_id, compliance) = match user.compliance_type {
        Some(ComplianceType::Compliant) => (1, "Pass"),
        Some(_) => (3, "Fail"),
        None => (0, "Unknown"),
    };
    let (status_id, status) = if user.is_exempt() { (3, "Suppressed") } else { (1, "New") };
    let is_failed = user.compliance_type == Some(ComplianceType::NonCompliant);
    let (severity_id, severity) = if is_failed { (3, "Medium") } else { (1, "Informational") };
    let mut element = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Compliance Finding",
        "class_uid": 2003,
        "type_uid": 200_301,
        "type_name": "Compliance Finding: Create",
        "time": audit.time.timestamp_millis(),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "status_detail": finding.status_detail(user),
        "message": finding.description,
        "metadata": {
            "version": VERSION,
            "event_code": CONTROL,
            "profiles": ["cloud"],
            "product": {"name": "setupkey", "uid": "setupkey", "vendor_name": "setupkey", "version": audit.version},
        },
        "compliance": {
            "control": CONTROL,
            "standards": [STANDARD],
            "requirements": [TITLE],
            "status": compliance,
            "status_id": compliance_id,
        },
        "finding_info": {
            "uid": finding.id,
            "title": TITLE,
            "desc": finding.description,
            "types": ["Software and Configuration Checks"],
            "created_time": finding.created.timestamp_millis(),
        },
        "resources": [{
            "uid": user.arn,
            "name": user.user_name.as_str(),
            "type": "AwsIamUser",
            "cloud_partition": finding.partition,
            "region": "global",
        }],
        "cloud": {
            "provider": "AWS",
            "region": "global",
            "account": {
                "uid": finding.account_id,
                "name": account.evidence.name().unwrap_or(&finding.account_id),
                "type": "AWS Account",
                "type_id": 10,
            },
        },
    });
    let Some(members) = element.as_object_mut() else { return element };
    if !finding.commands.is_empty() {
        members.insert("remediation".to_owned(), json!({ "desc": finding.commands.join("\n") }));
    }
    if let Some(Tagged::InForce(exemption)) = &user.exemption {
        let comment =
            format!("exempt through {}, owner {}: {}", exemption.expires, exemption.owner, exemption.reason);
        members.insert("comment".to_owned(), json!(comment));
    }
    element
}
