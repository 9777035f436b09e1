//! ASFF: an array for `aws securityhub batch-import-findings --findings file://...`, at most 100 at a time.

use serde_json::{Value, json};
use setupkey_rule::iam::UserId;
use setupkey_rule::verdict::ComplianceType;

use super::finding::{CONTROL, Finding, STANDARD, TITLE};
use crate::audit::model::{Account, Audit, Tagged, User};
use crate::text::time;

/// The only version that there is (Security Hub user guide, ASFF).
const VERSION: &str = "2018-10-08";

/// The longest description (Security Hub user guide, ASFF).
const MAX_DESCRIPTION: usize = 1024;

/// The longest note, and the longest text of a remediation.
const MAX_NOTE: usize = 512;

/// A user's finding.
pub(super) fn element(audit: &Audit, _: &Account, user: &User, finding: &Finding) -> Value {
    let account_id = &finding.account_id;
    let partition = &finding.partition;
    let region = audit.region.as_deref().unwrap_or("us-east-1");
    let status = match user.compliance_type {
        Some(ComplianceType::Compliant) => "PASSED",
        Some(_) => "FAILED",
        None => "NOT_AVAILABLE",
    };
    let is_failed = user.compliance_type == Some(ComplianceType::NonCompliant);
    let workflow = match user.compliance_type {
        _ if user.is_exempt() => "SUPPRESSED",
        Some(ComplianceType::Compliant) => "RESOLVED",
        // a user who was not read is not resolved
        _ => "NEW",
    };
    let mut element = json!({
        "SchemaVersion": VERSION,
        "Id": finding.id,
        "ProductArn": format!("arn:{partition}:securityhub:{region}:{account_id}:product/{account_id}/default"),
        "GeneratorId": format!("setupkey/{CONTROL}"),
        "AwsAccountId": account_id,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"],
        "CreatedAt": time(finding.created),
        "UpdatedAt": time(audit.time),
        "Severity": {"Label": if is_failed { "MEDIUM" } else { "INFORMATIONAL" }},
        "Title": TITLE,
        "Description": cut(&finding.description, MAX_DESCRIPTION),
        "ProductFields": {"setupkey/version": audit.version, "setupkey/standard": STANDARD},
        "Resources": [{
            "Type": "AwsIamUser",
            "Id": user.arn,
            "Partition": partition,
            "Region": region,
            "Details": {"AwsIamUser": {
                "UserName": user.user_name.as_str(),
                "UserId": user.user_id.as_ref().map_or("", UserId::as_str),
                "CreateDate": time(user.create_date),
            }},
        }],
        "Compliance": {"Status": status},
        "Workflow": {"Status": workflow},
        "RecordState": "ACTIVE",
    });
    let Some(members) = element.as_object_mut() else { return element };
    if !finding.commands.is_empty() {
        let text = cut(&finding.commands.join("; "), MAX_NOTE);
        members.insert("Remediation".to_owned(), json!({ "Recommendation": { "Text": text } }));
    }
    if let Some(Tagged::InForce(exemption)) = &user.exemption {
        let text =
            format!("exempt through {}, owner {}: {}", exemption.expires, exemption.owner, exemption.reason);
        let note = json!({
            "Text": cut(&text, MAX_NOTE),
            "UpdatedBy": "setupkey",
            "UpdatedAt": time(audit.time),
        });
        members.insert("Note".to_owned(), note);
    }
    element
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
