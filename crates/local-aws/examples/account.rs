//! Local AWS for a program in another language: one line of JSON in, one line out. The Python tests of
//! `tests/acceptance` play everything else that an account has, and keep its time.
//!
//! `account FOLDER`, the folder of the functions' binaries. The first line in is a state; the line out has its
//! `endpoint`. Then each line in is one of these:
//!
//! | in | out |
//! |---|---|
//! | `{"state": null}` | `{"state": ...}` |
//! | `{"state": STATE}`: local AWS holds this from now on | `{"state": null}` |
//! | `{"invoke": FUNCTION, "event": TEXT, "environment": {...}}` | `{"response": TEXT}` or `{"errorType": ...}`, with `log` |

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use setupkey_local_aws::{Function, FunctionSettings, LocalAws, Outcome, State};

#[derive(Deserialize)]
#[serde(untagged)]
enum Asked {
    Invoke { invoke: String, event: String, environment: BTreeMap<String, String> },
    State { state: Option<Box<State>> },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("expected the folder of the functions")?;
    let mut lines = stdin().lock().lines();
    let first = lines.next().ok_or("expected a state")??;
    let aws = LocalAws::start(State::parse(&first)?).await?;
    print(&json!({ "endpoint": aws.endpoint_url() }))?;
    // blocking is fine: local AWS answers on a thread of its own
    for line in lines {
        let answer = match serde_json::from_str(&line?)? {
            Asked::State { state: None } => json!({ "state": *aws.state() }),
            Asked::State { state: Some(state) } => {
                *aws.state() = *state;
                json!({ "state": null })
            }
            Asked::Invoke { invoke: name, event, environment } => {
                let mut settings = FunctionSettings::new(Path::new(&folder).join(&name), &aws);
                if let Some(deployed) = environment.get("AWS_LAMBDA_FUNCTION_NAME") {
                    let arn = settings.function_arn.trim_end_matches(&name);
                    settings.function_arn = format!("{arn}{deployed}");
                }
                settings.environment = environment.into_iter().collect();
                let mut function = Function::start(settings, &aws).await?;
                let mut answer = match function.invoke(&event).await {
                    Outcome::Success(response) => json!({ "response": response }),
                    Outcome::Failure { error_type, error_message } => {
                        json!({ "errorType": error_type, "errorMessage": error_message })
                    }
                    Outcome::Exited(code) => {
                        json!({ "errorType": "Exited", "errorMessage": format!("{code:?}") })
                    }
                };
                if let Some(members) = answer.as_object_mut() {
                    members.insert("log".to_owned(), function.log().into());
                }
                answer
            }
        };
        print(&answer)?;
    }
    Ok(())
}

fn print(answer: &Value) -> Result<(), Box<dyn Error>> {
    let mut out = stdout();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}
