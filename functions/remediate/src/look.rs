//! The first look: finds the user, reads what the decision asks for, plans.

use setupkey_rule::decision::Fact;
use setupkey_rule::facts::{IamUser, UserFacts};
use setupkey_rule::remediation::answer::Refusal;
use setupkey_rule::remediation::{Plan, RemediationStep};
use tokio::time::{Instant, timeout_at};
use tracing::{error, info};

use crate::failure::Failure;
use crate::handler::{Run, now};

/// What the first look found.
pub(crate) enum Looked {
    /// IAM has no such user (any more).
    NoSuchUser,
    /// There is nothing to do, or all that there is.
    User(IamUser, Plan),
}

/// Looks. A last use that cannot be read costs its own key; anything else that cannot be read costs all of them.
pub(crate) async fn look(run: &Run<'_>) -> Result<Looked, Failure> {
    let looked = timeout_at(run.deadlines.look, look_until_late(run)).await;
    match looked.unwrap_or(Err(Failure::DeadlineNear)) {
        // the listing keeps its own time, which is the same
        Err(_) if Instant::now() >= run.deadlines.look => Err(Failure::DeadlineNear),
        looked => looked,
    }
}

async fn look_until_late(run: &Run<'_>) -> Result<Looked, Failure> {
    let resource_id = &run.remediation.resource_id;
    let found = run.aws.find_user_by_id(resource_id, run.deadlines.look).await;
    let found =
        found.map_err(|error| Failure::ListingIncomplete { resource_id: resource_id.clone(), error })?;
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
        match (run.aws.learn(&fact, &mut facts).await, &fact) {
            (Ok(true), _) => {}
            (Ok(false), _) => break false,
            (Err(error), Fact::LastUsed(id)) => {
                unread.push(Refusal::failed(id, &error));
                // not one to decide about
                facts.learn_last_used(id, None);
            }
            (Err(error), _) => {
                for key in facts.access_keys() {
                    run.audit_refusal(&user, &Refusal::failed(&key.access_key_id, &error));
                }
                return Err(Failure::UserUnread(error.to_string()));
            }
        }
    };
    nothing_to_do(run, user, has_name, unread).await
}

/// Reads go by name: that there is nothing to do is true only if the user had the name all the time.
async fn nothing_to_do(
    run: &Run<'_>,
    user: IamUser,
    has_name: bool,
    unread: Vec<Refusal>,
) -> Result<Looked, Failure> {
    let again = run.aws.find_user(&user.user_id, &user.user_name, run.deadlines.look).await;
    match again.map_err(|error| Failure::UserUnread(error.to_string()))? {
        None => {
            info!(user_id = %user.user_id, user_name = %user.user_name, "user gone meanwhile, nothing to do");
            Ok(Looked::NoSuchUser)
        }
        Some(again) if has_name && again.user_name == user.user_name => {
            info!(user_id = %user.user_id, user_name = %user.user_name, "user not flagged, nothing to do");
            Ok(Looked::User(user, Plan { candidates: Vec::new(), refusals: unread }))
        }
        Some(again) => {
            error!(user_id = %user.user_id, user_name = %user.user_name, now = %again.user_name, "user renamed");
            Err(Failure::UserUnread(format!("renamed between two calls to `{}`", again.user_name)))
        }
    }
}
