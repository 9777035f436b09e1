//! What local AWS holds after a run, for a person to look at: results, calls, emails. Shared by the examples;
//! what they run is theirs.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::Value;
use setupkey_local_aws::{ComplianceType, LocalAws, Message};

const WIDTH: u16 = 118;

/// What AWS Config holds: user, compliance, annotation.
pub(crate) fn rows(aws: &LocalAws) -> Vec<(String, &'static str, String)> {
    let state = aws.state();
    let name = |id: &str| {
        let user = state.users.iter().find(|user| user.user_id == id);
        user.map_or_else(|| id.to_owned(), |user| user.user_name.clone())
    };
    let mut rows: Vec<_> = state
        .config_rules
        .iter()
        .flat_map(|rule| &rule.results)
        .map(|result| {
            let verdict = match result.compliance_type {
                ComplianceType::Compliant => "COMPLIANT",
                ComplianceType::NonCompliant => "NON_COMPLIANT",
                ComplianceType::NotApplicable => "NOT_APPLICABLE",
            };
            (name(&result.resource_id), verdict, result.annotation.clone().unwrap_or_default())
        })
        .collect();
    rows.sort();
    rows
}

/// The results, as the AWS Config console shows them.
pub(crate) fn show_results(aws: &LocalAws) {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(["user", "compliance", "annotation"]);
    for (name, verdict, annotation) in rows(aws) {
        table.add_row([name.as_str(), verdict, annotation.as_str()]);
    }
    println!("{table}");
}

/// How often each operation was called, and how many evaluations were reported.
pub(crate) fn show_calls(aws: &LocalAws) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut put = 0;
    for call in aws.calls() {
        put += call.parameters.get("Evaluations").and_then(Value::as_array).map_or(0, Vec::len);
        *counts.entry(call.operation).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|(operation, count)| format!("{operation} {count}")).collect();
    println!("Calls: {}. Evaluations reported: {put}.", counts.join(", "));
}

/// A message, as an email.
pub(crate) fn show_email(message: &Message) {
    println!("  | Subject: {}\n  |", message.subject.as_deref().unwrap_or("AWS Notification Message"));
    for line in message.message.trim_end().lines() {
        println!("  | {line}");
    }
}
