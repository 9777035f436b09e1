//! The main job on local AWS, for a person to look at: the real functions, the six users of the sample table that CIS
//! prints, a scheduled event, an exemption, its end, a remediation with its notice, and the events between. What has to
//! come out of it is a system test, `story`.
//!
//! `demo CONFIG_RULE REMEDIATE EVENT`

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use setupkey_local_aws::{Function, FunctionSettings, LocalAws, Outcome, State, User};

use crate::console::{rows, show_calls, show_email, show_results};

mod console;

/// The tags of brandon's exemption.
const EXEMPTION: [(&str, &str); 3] = [
    ("setup-key-exception:owner", "payments"),
    ("setup-key-exception:expires", "2026-12-12"),
    ("setup-key-exception:reason", "TICKET-17"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match demo().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config_rule, remediate, event] = arguments.as_slice() else {
        return Err("expected the binaries of both functions and the file of the event".into());
    };
    let state = State::from_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cis-sample.json"))?;
    let aws = LocalAws::start(state).await?;
    let event = std::fs::read_to_string(event)?;
    let (rule, remediate) = (start(config_rule, &aws).await?, start(remediate, &aws).await?);
    let mut demo = Demo { aws, rule, remediate, event };

    println!("AWS Config rule iam-user-no-setup-access-key: the real functions on local AWS\n");
    println!("A scheduled event, and what the AWS Config console shows after it:");
    demo.scheduled("2026-11-22T06:00:00").await?;
    demo.show();
    println!("\nThe email:");
    demo.show_email();

    println!("\nbrandon becomes exempt. An hour later, a second event:");
    demo.change("brandon", |user| {
        user.tags.extend(EXEMPTION.map(|(key, value)| (key.to_owned(), value.to_owned())));
    });
    demo.scheduled("2026-11-22T07:00:00").await?;
    demo.show();
    demo.show_email_lines("brandon");

    println!("\nThe exemption expires. Three weeks later, a third event:");
    demo.scheduled("2026-12-13T07:00:00").await?;
    for (name, verdict, annotation) in rows(&demo.aws).iter().filter(|(name, ..)| name == "brandon") {
        println!("  {name} is {verdict}: {annotation}");
    }
    demo.show_email_lines("brandon (");

    println!(
        "\nbrandon's key is deleted, as the email says. The remediation takes care of anitha's; a dry run first:"
    );
    demo.change("brandon", |user| user.access_keys.clear());
    demo.remediate("anitha", "dry-run").await?;
    println!("\nThe first pass announces what will be done:");
    demo.remediate("anitha", "deactivate").await?;
    println!("\nThe email:");
    demo.show_email();
    println!("\nMINIMUM_NOTICE_DAYS is 1. A day later, the next pass deactivates the key:");
    // the function has a clock of its own: the notice is moved instead
    demo.change("anitha", |user| {
        for (_, value) in user.tags.iter_mut().filter(|(key, _)| key.starts_with("setup-key-notice:")) {
            let topic = value.split_once(' ').map(|(_, topic)| topic.to_owned()).unwrap_or_default();
            *value = format!("2020-01-01T00:00:00Z {topic}");
        }
    });
    demo.remediate("anitha", "deactivate").await?;
    demo.show_email_lines("Access key");

    println!("\nThe next scheduled event:");
    demo.scheduled("2026-12-14T07:00:00").await?;
    demo.show();
    Ok(())
}

/// A function with the topic of the state.
async fn start(binary: &str, aws: &LocalAws) -> Result<Function, Box<dyn Error>> {
    let mut settings = FunctionSettings::new(binary, aws);
    let topic = aws.state().topics.first().map(|topic| topic.topic_arn.clone()).unwrap_or_default();
    settings.environment.push(("ALERT_TOPIC_ARN".to_owned(), topic));
    settings.environment.push(("MINIMUM_NOTICE_DAYS".to_owned(), "1".to_owned()));
    Ok(Function::start(settings, aws).await?)
}

struct Demo {
    aws: LocalAws,
    rule: Function,
    remediate: Function,
    event: String,
}

impl Demo {
    fn change(&self, name: &str, change: impl FnMut(&mut User)) {
        self.aws.state().users.iter_mut().filter(|user| user.user_name == name).for_each(change);
    }

    /// The scheduled event at this time.
    async fn scheduled(&mut self, time: &str) -> Result<(), Box<dyn Error>> {
        self.aws.state().clock = Some(format!("{time}Z").parse()?);
        self.aws.forget_calls();
        let event = self.event.replace("2026-11-22T06:00:00", time);
        answer(&mut self.rule, &event).await.map(drop)
    }

    /// Remediates as AWS Config asks for it, by the unique ID, and shows the answer.
    async fn remediate(&mut self, name: &str, mode: &str) -> Result<(), Box<dyn Error>> {
        self.aws.forget_calls();
        let user = self.aws.state().users.iter().find(|user| user.user_name == name).cloned();
        let request = json!({"resourceId": user.map(|user| user.user_id), "mode": mode}).to_string();
        println!("  {request}");
        let answer: Value = serde_json::from_str(&answer(&mut self.remediate, &request).await?)?;
        for (list, member) in [("actions", "action"), ("refusals", "reason")] {
            for entry in answer.get(list).and_then(Value::as_array).into_iter().flatten() {
                let text = |name| entry.get(name).and_then(Value::as_str).unwrap_or_default();
                println!("  {list}: {} {}", text("accessKeyId"), text(member));
            }
        }
        show_calls(&self.aws);
        Ok(())
    }

    fn show(&self) {
        show_results(&self.aws);
        let evaluated: Vec<String> = rows(&self.aws).into_iter().map(|(name, ..)| name).collect();
        let state = self.aws.state();
        let others = state.users.iter().map(|user| user.user_name.as_str());
        let others: Vec<_> = others.filter(|name| !evaluated.iter().any(|other| other == name)).collect();
        println!("No console password, no evaluation: {}.", others.join(", "));
        drop(state);
        show_calls(&self.aws);
    }

    /// The last email.
    fn show_email(&self) {
        let state = self.aws.state();
        state.topics.iter().flat_map(|topic| &topic.messages).last().into_iter().for_each(show_email);
    }

    /// The last email, cut: subject, first line, and the lines with this text, each under its heading.
    fn show_email_lines(&self, text: &str) {
        let state = self.aws.state();
        let Some(message) = state.topics.iter().flat_map(|topic| &topic.messages).last() else { return };
        println!("The email, cut:\n  | Subject: {}", message.subject.as_deref().unwrap_or_default());
        let mut heading = None;
        for (number, line) in message.message.lines().enumerate() {
            if line.ends_with(':') {
                heading = Some(line);
            }
            if number == 0 || line.trim_start().starts_with(text) {
                let heading = heading.take_if(|heading| line.starts_with(' ') && *heading != line);
                heading.into_iter().chain([line]).for_each(|line| println!("  | {line}"));
            }
        }
    }
}

async fn answer(function: &mut Function, event: &str) -> Result<String, Box<dyn Error>> {
    match function.invoke(event).await {
        Outcome::Success(answer) => Ok(answer),
        other => Err(format!("the function failed: {other:?}\n{}", function.log()).into()),
    }
}
