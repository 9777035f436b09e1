//! Answers what the decision asks for, user after user.

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt as _};
use setupkey_rule::decision::{Fact, NotRead, Outcome, Step, next};
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::{IamUser, UserId, UserName};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::CredentialReport;
use setupkey_rule::turn::in_turn;
use tokio::time::Instant;
use tracing::{error, warn};

use crate::clients::Aws;
use crate::error::AwsError;

/// This many users are read at a time: IAM throttles by account, and more would only wait longer.
const CONCURRENCY: usize = 8;

/// What users are decided by.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The credential report, where there is one.
    pub report: Option<&'a CredentialReport>,
    /// The parameters of the rule.
    pub parameters: &'a RuleParameters,
    /// The event time, at which exemptions are judged.
    pub event_time: DateTime<Utc>,
    /// Reading stops: users who still need a call are not read.
    pub until: Instant,
}

impl Aws {
    /// Decides users, eight at a time. The event time determines who is first, so that runs that never have time for all
    /// users read all of them together. A user who is not read is named in the log.
    pub fn decide_users<'a>(
        &'a self,
        users: Vec<IamUser>,
        reading: Reading<'a>,
    ) -> impl Stream<Item = (UserFacts, Outcome)> + 'a {
        futures::stream::iter(in_turn(users, reading.event_time))
            .map(move |user| async move {
                let reported = reading.report.and_then(|report| report.reported(&user, reading.parameters));
                let mut facts = UserFacts::new(user, reported);
                let outcome = self.decide(&mut facts, reading).await;
                (facts, outcome)
            })
            .buffer_unordered(CONCURRENCY)
    }

    /// Decides the user with an ID, who had this name. IAM reads are by name, so they are valid only if the name is the
    /// same afterwards; a finding is confirmed by its own reads. The user is `None` if no user has the ID.
    pub async fn decide_by_id(
        &self,
        id: &UserId,
        name: &UserName,
        reading: Reading<'_>,
    ) -> (Option<IamUser>, Outcome) {
        let not_read = |error: &AwsError| Outcome::NotRead(log_not_read(name, id, error));
        let user = match self.find_user(id, name, reading.until).await {
            Ok(Some(user)) => user,
            Ok(None) => return (None, Outcome::Gone),
            Err(error) => return (None, not_read(&error)),
        };
        let mut facts = UserFacts::new(user.clone(), None);
        let outcome = self.decide(&mut facts, reading).await;
        let is_certain = match &outcome {
            // NoSuchEntity can also mean that no user has the name any more
            Outcome::Gone => false,
            Outcome::Decided(decision) => decision.is_in_scope(),
            Outcome::NotRead(_) => true,
        };
        if is_certain {
            return (Some(user), outcome);
        }
        match self.find_user(id, &user.user_name, reading.until).await {
            Ok(None) => (None, Outcome::Gone),
            Ok(Some(again)) if again.user_name == user.user_name && outcome != Outcome::Gone => {
                (Some(user), outcome)
            }
            Ok(Some(again)) => {
                let reason = name_not_found(&user, &again);
                error!(user_name = %name, user_id = %id, reason, "user not read");
                (Some(user), Outcome::NotRead(NotRead::Failed(reason)))
            }
            Err(error) => (Some(user), not_read(&error)),
        }
    }

    /// Decides one user, with what is known so far and what it takes besides, which is added to the facts.
    pub async fn decide(&self, facts: &mut UserFacts, reading: Reading<'_>) -> Outcome {
        let outcome = loop {
            match next(facts, reading.parameters, reading.event_time) {
                Step::Read(fact) => match self.learn(&fact, facts, reading.until).await {
                    Ok(true) => {}
                    Ok(false) => break Ok(Outcome::Gone),
                    Err(error) => break Err(error),
                },
                Step::Decided(decision) if decision.may_be_of_namesake(reading.event_time) => {
                    let named = self.user(&facts.user().user_name, reading.until).await;
                    break named.map(|named| match named {
                        Some((named, _)) if named.user_id == facts.user().user_id => {
                            Outcome::Decided(decision)
                        }
                        _ => Outcome::Gone,
                    });
                }
                Step::Decided(decision) => return Outcome::Decided(decision),
            }
        };
        let IamUser { user_name, user_id, .. } = facts.user();
        match outcome {
            Ok(Outcome::Gone) => {
                warn!(%user_name, %user_id, "user deleted or renamed during the run");
                Outcome::Gone
            }
            Ok(outcome) => outcome,
            Err(error) => Outcome::NotRead(log_not_read(user_name, user_id, &error)),
        }
    }

    /// Reads one fact and adds it. `false` says that no user has the name any more.
    ///
    /// # Errors
    ///
    /// The fact could not be read.
    pub async fn learn(&self, fact: &Fact, facts: &mut UserFacts, until: Instant) -> Result<bool, AwsError> {
        let name = facts.user().user_name.clone();
        match fact {
            Fact::AccessKeys => match self.list_access_keys(&name, until).await? {
                Some(keys) => facts.learn_access_keys(keys),
                None => return Ok(false),
            },
            Fact::Tags => match self.list_user_tags(&name, until).await? {
                Some(tags) => facts.learn_tags(tags),
                None => return Ok(false),
            },
            Fact::ConsolePassword => {
                facts.learn_console_password(self.console_password(&name, until).await?);
            }
            Fact::LastUsed(id) => facts.learn_last_used(id, self.last_used(id, until).await?),
        }
        Ok(true)
    }
}

/// Why a user is not read if IAM did not find its name in a call, or it has another one in `again`, the listing after that.
#[must_use]
pub fn name_not_found(user: &IamUser, again: &IamUser) -> String {
    if again.user_name == user.user_name {
        format!("IAM lists `{}`, but did not find it in another call", again.user_name)
    } else {
        format!("renamed to `{}` between two calls", again.user_name)
    }
}

fn log_not_read(user_name: &UserName, user_id: &UserId, error: &AwsError) -> NotRead {
    error!(%user_name, %user_id, %error, "user not read");
    error.not_read()
}
