//! The main job on local AWS, for a person to look at: the real function binary, the six users of the
//! sample table that CIS prints, a scheduled event, a fix, a second event.
//!
//! `demo BINARY EVENT`: ends with 0 only if the outcome is the expected one.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use chrono::TimeDelta;
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::Value;
use setupkey_local_aws::{ComplianceType, Function, FunctionSettings, LocalAws, Outcome, State};

const WIDTH: u16 = 118;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match demo().await {
        Ok(complaints) if complaints.is_empty() => ExitCode::SUCCESS,
        Ok(complaints) => {
            eprintln!("not the expected outcome: {}", complaints.join("; "));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> Result<Vec<String>, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(binary), Some(event)) = (arguments.next(), arguments.next()) else {
        return Err("expected two arguments: the function binary and the file of the event".into());
    };
    let event = std::fs::read_to_string(event)?;
    let state = State::from_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cis-sample.json"))?;
    let topic = state.topics.first().map(|topic| topic.topic_arn.clone()).unwrap_or_default();
    let aws = LocalAws::start(state).await?;
    let mut settings = FunctionSettings::new(binary, &aws);
    settings.environment.push(("ALERT_TOPIC_ARN".to_owned(), topic));
    let mut function = Function::start(settings, &aws).await?;
    let mut complaints = Vec::new();

    println!("AWS Config rule iam-user-no-setup-access-key: the real function on local AWS\n");
    println!("A scheduled event, and what the AWS Config console shows after it:");
    invoke(&mut function, &event).await?;
    expect(
        &aws,
        &[("anitha", "NON_COMPLIANT"), ("brandon", "NON_COMPLIANT"), ("paras", "COMPLIANT")],
        1,
        &mut complaints,
    );
    show(&aws);
    println!("\nThe email:");
    show_email(&aws);

    println!("\nbrandon's key is deleted, as the email says. An hour later, a second event:");
    {
        let mut state = aws.state();
        state.clock = state.clock.map(|clock| clock + TimeDelta::hours(1));
        for user in state.users.iter_mut().filter(|user| user.user_name == "brandon") {
            user.access_keys.clear();
        }
    }
    aws.forget_calls();
    invoke(&mut function, &event.replace("T06:00:00", "T07:00:00")).await?;
    expect(
        &aws,
        &[("anitha", "NON_COMPLIANT"), ("brandon", "COMPLIANT"), ("paras", "COMPLIANT")],
        1,
        &mut complaints,
    );
    show(&aws);
    println!("No second email: nobody became noncompliant.");
    Ok(complaints)
}

async fn invoke(function: &mut Function, event: &str) -> Result<(), Box<dyn Error>> {
    match function.invoke(event).await {
        Outcome::Success(_) => Ok(()),
        other => Err(format!("the function failed: {other:?}\n{}", function.log()).into()),
    }
}

/// Compares results and number of emails with what they have to be.
fn expect(aws: &LocalAws, results: &[(&str, &str)], emails: usize, complaints: &mut Vec<String>) {
    let held: Vec<(String, &str)> = rows(aws).into_iter().map(|(name, verdict, _)| (name, verdict)).collect();
    let expected: Vec<(String, &str)> =
        results.iter().map(|(name, verdict)| ((*name).to_owned(), *verdict)).collect();
    if held != expected {
        complaints.push(format!("results are {held:?}, expected {expected:?}"));
    }
    let sent = aws.state().topics.iter().map(|topic| topic.messages.len()).sum::<usize>();
    if sent != emails {
        complaints.push(format!("{sent} emails, expected {emails}"));
    }
}

/// What AWS Config holds: user, compliance, annotation.
fn rows(aws: &LocalAws) -> Vec<(String, &'static str, String)> {
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

fn show(aws: &LocalAws) {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(["user", "compliance", "annotation"]);
    let rows = rows(aws);
    let evaluated: Vec<String> = rows.iter().map(|(name, _, _)| name.clone()).collect();
    for (name, verdict, annotation) in rows {
        table.add_row([name.as_str(), verdict, annotation.as_str()]);
    }
    println!("{table}");
    let others: Vec<String> = aws
        .state()
        .users
        .iter()
        .map(|user| user.user_name.clone())
        .filter(|name| !evaluated.contains(name))
        .collect();
    println!("No console password, no evaluation: {}.", others.join(", "));

    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut put = 0;
    for call in aws.calls() {
        put += call.parameters.get("Evaluations").and_then(Value::as_array).map_or(0, Vec::len);
        *counts.entry(call.operation).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|(operation, count)| format!("{operation} {count}")).collect();
    println!("Calls: {}. Evaluations put: {put}.", counts.join(", "));
}

fn show_email(aws: &LocalAws) {
    let state = aws.state();
    for message in state.topics.iter().flat_map(|topic| &topic.messages) {
        println!("  | Subject: {}\n  |", message.subject.as_deref().unwrap_or("AWS Notification Message"));
        for line in message.message.trim_end().lines() {
            println!("  | {line}");
        }
    }
}
