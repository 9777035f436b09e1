//! The main job on local AWS, for a person to look at: the real functions, the six users of the sample table that CIS
//! prints, a scheduled event, an exemption, its end, a remediation with its notice, and the events between.
//!
//! `demo CONFIG_RULE REMEDIATE EVENT`: ends with 0 only if the outcome is the expected one.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use setupkey_local_aws::{Function, FunctionSettings, LocalAws, Outcome, State};

use crate::console::{rows, show_calls, show_emails, show_results};

mod console;

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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config_rule, remediate, event] = arguments.as_slice() else {
        return Err(
            "expected three arguments: the binaries of both functions and the file of the event".into()
        );
    };
    let event = std::fs::read_to_string(event)?;
    let state = State::from_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cis-sample.json"))?;
    let aws = LocalAws::start(state).await?;
    let mut function = start(config_rule, &aws).await?;
    let mut remediate = start(remediate, &aws).await?;
    let mut complaints = Vec::new();

    println!("AWS Config rule iam-user-no-setup-access-key: the real functions on local AWS\n");
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
    show_emails(&aws);

    println!("\nbrandon becomes exempt. An hour later, a second event:");
    {
        let mut state = aws.state();
        state.clock = Some("2026-11-22T07:00:00Z".parse()?);
        if let Some(brandon) = state.users.iter_mut().find(|user| user.user_name == "brandon") {
            brandon.tags.extend(EXEMPTION.map(|(key, value)| (key.to_owned(), value.to_owned())));
        }
    }
    aws.forget_calls();
    invoke(&mut function, &at(&event, "2026-11-22T07:00:00")?).await?;
    let held = [("anitha", "NON_COMPLIANT"), ("brandon", "NOT_APPLICABLE"), ("paras", "COMPLIANT")];
    expect(&aws, &held, 2, &mut complaints);
    show(&aws);
    show_email_lines(&aws, "brandon");

    println!("\nThe exemption expires. Three weeks later, a third event:");
    aws.state().clock = Some("2026-12-13T07:00:00Z".parse()?);
    aws.forget_calls();
    invoke(&mut function, &at(&event, "2026-12-13T07:00:00")?).await?;
    let held = [("anitha", "NON_COMPLIANT"), ("brandon", "NON_COMPLIANT"), ("paras", "COMPLIANT")];
    expect(&aws, &held, 3, &mut complaints);
    let brandon = rows(&aws).into_iter().find(|(name, _, _)| name == "brandon");
    let annotation = brandon.map(|(_, _, annotation)| annotation).unwrap_or_default();
    println!("  brandon is NON_COMPLIANT: {annotation}");
    if !annotation.contains("exemption expired 2026-12-12") {
        complaints.push(format!("the annotation of brandon is `{annotation}`"));
    }
    show_email_lines(&aws, "brandon (");

    println!(
        "\nbrandon's key is deleted, as the email says. anitha's is left to the remediation; first a dry run:"
    );
    for user in aws.state().users.iter_mut().filter(|user| user.user_name == "brandon") {
        user.access_keys.clear();
    }
    aws.forget_calls();
    remediate_anitha(&mut remediate, &aws, "dry-run", "would-announce", &mut complaints).await?;
    show_calls(&aws);
    println!("\nThe first pass announces what will be done:");
    aws.forget_calls();
    remediate_anitha(&mut remediate, &aws, "deactivate", "announced", &mut complaints).await?;
    show_calls(&aws);
    println!("\nThe email:");
    show_last_email(&aws);
    println!("\nMINIMUM_NOTICE_DAYS is 1. A day later, the next pass deactivates the key:");
    let in_the_past = |tags: &mut BTreeMap<String, String>| {
        for (_, value) in tags.iter_mut().filter(|(key, _)| key.starts_with("setup-key-notice:")) {
            // the function has a clock of its own: the notice is moved instead
            let topic = value.split_once(' ').map(|(_, topic)| topic.to_owned()).unwrap_or_default();
            *value = format!("2020-01-01T00:00:00Z {topic}");
        }
    };
    aws.state().users.iter_mut().for_each(|user| in_the_past(&mut user.tags));
    aws.forget_calls();
    remediate_anitha(&mut remediate, &aws, "deactivate", "deactivated", &mut complaints).await?;
    show_calls(&aws);
    show_email_lines(&aws, "Access key");

    println!("\nThe next scheduled event:");
    aws.state().clock = Some("2026-12-14T07:00:00Z".parse()?);
    aws.forget_calls();
    invoke(&mut function, &at(&event, "2026-12-14T07:00:00")?).await?;
    let held = [("anitha", "COMPLIANT"), ("brandon", "COMPLIANT"), ("paras", "COMPLIANT")];
    expect(&aws, &held, 5, &mut complaints);
    show(&aws);
    Ok(complaints)
}

/// A function with the topic of the state.
async fn start(binary: &str, aws: &LocalAws) -> Result<Function, Box<dyn Error>> {
    let mut settings = FunctionSettings::new(binary, aws);
    let topic = aws.state().topics.first().map(|topic| topic.topic_arn.clone()).unwrap_or_default();
    settings.environment.push(("ALERT_TOPIC_ARN".to_owned(), topic));
    settings.environment.push(("MINIMUM_NOTICE_DAYS".to_owned(), "1".to_owned()));
    Ok(Function::start(settings, aws).await?)
}

/// Remediates as AWS Config asks for it, by the unique id, and shows the answer.
async fn remediate_anitha(
    function: &mut Function,
    aws: &LocalAws,
    mode: &str,
    expected: &str,
    complaints: &mut Vec<String>,
) -> Result<(), Box<dyn Error>> {
    let anitha =
        aws.state().users.iter().find(|user| user.user_name == "anitha").map(|user| user.user_id.clone());
    let request = json!({"resourceId": anitha, "mode": mode});
    println!("  {request}");
    let answer: Value = match function.invoke(&request.to_string()).await {
        Outcome::Success(body) => serde_json::from_str(&body)?,
        other => return Err(format!("the remediation failed: {other:?}\n{}", function.log()).into()),
    };
    for (list, member) in [("actions", "action"), ("refusals", "reason")] {
        for entry in answer.get(list).and_then(Value::as_array).into_iter().flatten() {
            let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            println!("  {list}: {} {}", text("accessKeyId"), text(member));
        }
    }
    let actions = answer.get("actions").and_then(Value::as_array).into_iter().flatten();
    let actions: Vec<_> = actions.map(|action| action.get("action").and_then(Value::as_str)).collect();
    if actions != [Some(expected)] {
        complaints.push(format!("{mode} did {actions:?}, expected `{expected}`"));
    }
    Ok(())
}

/// The tags of brandon's exemption.
const EXEMPTION: [(&str, &str); 3] = [
    ("setup-key-exception:owner", "payments"),
    ("setup-key-exception:expires", "2026-12-12"),
    ("setup-key-exception:reason", "TICKET-17"),
];

/// The event at another time.
fn at(event: &str, time: &str) -> Result<String, Box<dyn Error>> {
    let moved = event.replace("2026-11-22T06:00:00", time);
    if moved == event { Err("the event is not of 2026-11-22T06:00:00".into()) } else { Ok(moved) }
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

/// The last email.
fn show_last_email(aws: &LocalAws) {
    let state = aws.state();
    let Some(message) = state.topics.iter().flat_map(|topic| &topic.messages).last() else { return };
    println!("  | Subject: {}\n  |", message.subject.as_deref().unwrap_or_default());
    for line in message.message.trim_end().lines() {
        println!("  | {line}");
    }
}

/// The last email, cut: subject, first line, and the lines that hold this text with what they stand under.
fn show_email_lines(aws: &LocalAws, text: &str) {
    let state = aws.state();
    let Some(message) = state.topics.iter().flat_map(|topic| &topic.messages).last() else { return };
    println!("The email, cut:\n  | Subject: {}", message.subject.as_deref().unwrap_or_default());
    let mut title = "";
    for (number, line) in message.message.lines().enumerate() {
        if line.ends_with(':') {
            title = line;
        }
        if number == 0 || line.trim_start().starts_with(text) {
            if line.starts_with(' ') && !title.is_empty() {
                println!("  | {title}");
                title = "";
            }
            println!("  | {line}");
        }
    }
}

fn show(aws: &LocalAws) {
    show_results(aws);
    let evaluated: Vec<String> = rows(aws).into_iter().map(|(name, _, _)| name).collect();
    let others: Vec<String> = aws
        .state()
        .users
        .iter()
        .map(|user| user.user_name.clone())
        .filter(|name| !evaluated.contains(name))
        .collect();
    println!("No console password, no evaluation: {}.", others.join(", "));
    show_calls(aws);
}
