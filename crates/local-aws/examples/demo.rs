//! The main job on local AWS, for a person to look at: the real function binary, the six users of the
//! sample table that CIS prints, a scheduled event, a fix and an exception, a second event, the end of the
//! exception, a third.
//!
//! `demo BINARY EVENT`: ends with 0 only if the outcome is the expected one.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use chrono::TimeDelta;
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
    show_emails(&aws);

    println!(
        "\nbrandon's key is deleted, as the email says; anitha gets an exception. An hour later, a second event:"
    );
    {
        let mut state = aws.state();
        state.clock = state.clock.map(|clock| clock + TimeDelta::hours(1));
        for user in &mut state.users {
            match user.user_name.as_str() {
                "brandon" => user.access_keys.clear(),
                "anitha" => {
                    user.tags.extend(EXCEPTION.map(|(key, value)| (key.to_owned(), value.to_owned())))
                }
                _ => {}
            }
        }
    }
    aws.forget_calls();
    invoke(&mut function, &at(&event, "2026-11-22T07:00:00")?).await?;
    let held = [("anitha", "NOT_APPLICABLE"), ("brandon", "COMPLIANT"), ("paras", "COMPLIANT")];
    expect(&aws, &held, 2, &mut complaints);
    show(&aws);
    show_email_lines(&aws, "anitha");

    println!("\nThe exception lapses. Three weeks later, a third event:");
    aws.state().clock = Some("2026-12-13T07:00:00Z".parse()?);
    aws.forget_calls();
    invoke(&mut function, &at(&event, "2026-12-13T07:00:00")?).await?;
    let held = [("anitha", "NON_COMPLIANT"), ("brandon", "COMPLIANT"), ("paras", "COMPLIANT")];
    expect(&aws, &held, 3, &mut complaints);
    let anitha = rows(&aws).into_iter().find(|(name, _, _)| name == "anitha");
    let annotation = anitha.map(|(_, _, annotation)| annotation).unwrap_or_default();
    println!("  anitha is NON_COMPLIANT: {annotation}");
    if !annotation.contains("exception expired 2026-12-12") {
        complaints.push(format!("the annotation of anitha is `{annotation}`"));
    }
    show_email_lines(&aws, "anitha (");
    Ok(complaints)
}

/// The tags of anitha's exception.
const EXCEPTION: [(&str, &str); 3] = [
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
