//! The first look: finds the user, reads what the decision asks for, plans.

use setupkey_aws::reading::name_not_found;
use setupkey_lambda::failure::Failure;
use setupkey_rule::decision::Fact;
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::IamUser;
use setupkey_rule::remediation::answer::Refusal;
use setupkey_rule::remediation::{Plan, RemediationStep};
use tokio::time::Instant;
use tracing::{error, info};

use crate::run::{ErrorType, Run, now};

/// What the first look found.
pub(crate) enum Looked {
    /// IAM has no such user (any more).
    NoSuchUser,
    /// There is nothing to do, or all that there is.
    User(IamUser, Plan),
}

/// Looks. A last use that cannot be read costs its own key; any other fact that cannot be read costs all of them.
pub(crate) async fn look(run: &mut Run<'_>) -> Result<Looked, Failure<ErrorType>> {
    match read(run).await {
        Err(_) if Instant::now() >= run.deadlines.look => {
            Err(Failure::new(ErrorType::DeadlineNear, "timed out, the next remediation continues"))
        }
        looked => looked,
    }
}

async fn read(run: &mut Run<'_>) -> Result<Looked, Failure<ErrorType>> {
    let (resource_id, until) = (&run.remediation.resource_id, run.deadlines.look);
    let found = run.aws.find_user_by_id(resource_id, until).await.map_err(|error| {
        let message = format!("users not listed as far as `{resource_id}`: {error}");
        Failure::new(ErrorType::ListingIncomplete, message)
    })?;
    let Some(user) = found else {
        info!(user_id = %resource_id, "no such user, nothing to do");
        return Ok(Looked::NoSuchUser);
    };
    let mut facts = UserFacts::new(user.clone(), None);
    let mut unread = Vec::new();
    let has_name = loop {
        let fact = match run.remediation.next(&facts, now()) {
            RemediationStep::Read(fact) => fact,
            RemediationStep::NotFlagged => break true,
            RemediationStep::Planned(mut plan) => {
                plan.refusals.extend(unread);
                return Ok(Looked::User(user, plan));
            }
        };
        match (run.aws.learn(&fact, &mut facts, until).await, &fact) {
            (Ok(true), _) => {}
            (Ok(false), _) => break false,
            (Err(error), Fact::LastUsed(id)) => {
                unread.push(Refusal::failed(id, &error));
                // not one to decide about
                facts.learn_last_used(id, None);
            }
            (Err(error), _) => {
                for key in facts.keys().unwrap_or_default() {
                    run.leave_alone(&user, &Refusal::failed(&key.access_key.access_key_id, &error));
                }
                return Err(not_read(&user, error));
            }
        }
    };
    nothing_to_do(run, user, has_name, unread).await
}

/// IAM reads are by name, so that there is nothing to do is certain only if the name has not changed.
async fn nothing_to_do(
    run: &Run<'_>,
    user: IamUser,
    has_name: bool,
    unread: Vec<Refusal>,
) -> Result<Looked, Failure<ErrorType>> {
    let again = run.aws.find_user(&user.user_id, &user.user_name, run.deadlines.look).await;
    match again.map_err(|error| not_read(&user, error))? {
        None => {
            info!(user_id = %user.user_id, user_name = %user.user_name, "user deleted during the run, nothing to do");
            Ok(Looked::NoSuchUser)
        }
        Some(again) if has_name && again.user_name == user.user_name => {
            info!(user_id = %user.user_id, user_name = %user.user_name, "user not flagged, nothing to do");
            Ok(Looked::User(user, Plan { candidates: Vec::new(), refusals: unread }))
        }
        Some(again) => Err(not_read(&user, name_not_found(&user, &again))),
    }
}

fn not_read(user: &IamUser, why: impl std::fmt::Display) -> Failure<ErrorType> {
    error!(user_id = %user.user_id, user_name = %user.user_name, error = %why, "user not read");
    Failure::new(ErrorType::UsersUnread, format!("user not read, nothing was done: {why}"))
}
