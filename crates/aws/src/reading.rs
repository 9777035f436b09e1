//! Answers what the decision asks for, user after user, until everybody is settled or time is up.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;

use chrono::{DateTime, Utc};
use futures::stream::{FusedStream as _, FuturesUnordered};
use futures::{Stream, StreamExt as _};
use setupkey_rule::decision::{Decision, Fact, Step, next};
use setupkey_rule::facts::{IamUser, UserFacts, UserId};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::CredentialReport;
use setupkey_rule::results::Verdict;
use setupkey_rule::turn::in_turn;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use crate::clients::Aws;
use crate::error::AwsError;

/// This many users are read at a time: IAM throttles by account, more would only wait longer.
pub const CONCURRENCY: usize = 8;

/// The verdicts on all users, and how it went.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Every user with the verdict.
    pub users: BTreeMap<UserId, (IamUser, Verdict)>,
    /// How many could not be read because a call failed.
    pub failed: usize,
    /// How many could not be read because time was up.
    pub late: usize,
}

/// What came of reading a user: a decision, nobody of that name any more, a failed call, or time was up.
type Read = Result<Result<Option<Decision>, AwsError>, Elapsed>;

impl Verdicts {
    fn add(&mut self, facts: &UserFacts, read: Read) {
        let user = facts.user();
        let verdict = match read {
            Ok(Ok(Some(decision))) => Verdict::Decided(decision),
            Ok(Ok(None)) => {
                warn!(user_name = %user.user_name, user_id = %user.user_id, "user gone or renamed meanwhile");
                Verdict::Gone
            }
            Ok(Err(error)) => {
                error!(user_name = %user.user_name, user_id = %user.user_id, %error, "user not read");
                self.failed += 1;
                Verdict::Unread
            }
            Err(_) => {
                error!(user_name = %user.user_name, user_id = %user.user_id, "user not read in time");
                self.late += 1;
                Verdict::Unread
            }
        };
        self.users.insert(user.user_id.clone(), (user.clone(), verdict));
    }
}

impl Aws {
    /// Decides every user at the time of the event, with what the report says where it may be believed. Users
    /// are decided as their pages arrive: at once if nothing is left to read, else in turn, so that runs which
    /// never have time for everybody read everybody one after the other. Who cannot be read, or not before
    /// `read_until`, is unread and named in the log.
    pub async fn decide_all(
        &self,
        pages: impl Stream<Item = Vec<IamUser>>,
        report: Option<&CredentialReport>,
        parameters: &RuleParameters,
        at: DateTime<Utc>,
        read_until: Instant,
    ) -> Verdicts {
        let mut verdicts = Verdicts::default();
        let mut pages = pin!(pages.fuse());
        // a listing can name a user twice while others come and go
        let mut known = BTreeSet::new();
        let mut waiting = VecDeque::new();
        let mut reads = FuturesUnordered::new();
        loop {
            while reads.len() < CONCURRENCY
                && let Some(facts) = waiting.pop_front()
            {
                reads.push(self.read(facts, parameters, at, read_until));
            }
            tokio::select! {
                // whoever is known has a place in the queue before the next one is taken from it
                biased;
                Some(page) = pages.next(), if !pages.is_terminated() => {
                    for user in page {
                        if !known.insert(user.user_id.clone()) {
                            continue;
                        }
                        let reported = report.and_then(|report| report.reported(&user, parameters));
                        let facts = UserFacts::new(user, reported);
                        match next(&facts, parameters, at) {
                            Step::Decided(decision) => verdicts.add(&facts, Ok(Ok(Some(decision)))),
                            Step::Read(_) => waiting.push_back(facts),
                        }
                    }
                    let mut all = Vec::from(waiting);
                    all.sort_unstable_by(|one, other| one.user().user_id.cmp(&other.user().user_id));
                    waiting = in_turn(all, at).into();
                }
                Some((facts, read)) = reads.next(), if !reads.is_empty() => verdicts.add(&facts, read),
                else => if pages.is_terminated() { return verdicts },
            }
        }
    }

    async fn read(
        &self,
        mut facts: UserFacts,
        parameters: &RuleParameters,
        at: DateTime<Utc>,
        read_until: Instant,
    ) -> (UserFacts, Read) {
        let read = timeout_at(read_until, self.decide(&mut facts, parameters, at)).await;
        (facts, read)
    }

    /// Decides one user, with what is known so far and what it takes besides, which is added. `None` says that
    /// no user has the name any more.
    ///
    /// # Errors
    ///
    /// A fact could not be read; there is no verdict then.
    pub async fn decide(
        &self,
        facts: &mut UserFacts,
        parameters: &RuleParameters,
        at: DateTime<Utc>,
    ) -> Result<Option<Decision>, AwsError> {
        loop {
            match next(facts, parameters, at) {
                Step::Decided(decision) => {
                    let is_user = !may_be_of_namesake(&decision, at) || self.is_still(facts.user()).await?;
                    return Ok(is_user.then_some(decision));
                }
                Step::Read(fact) => {
                    if !self.learn(&fact, facts).await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Reads one fact and adds it. `false` says that no user has the name any more.
    ///
    /// # Errors
    ///
    /// The fact could not be read.
    pub async fn learn(&self, fact: &Fact, facts: &mut UserFacts) -> Result<bool, AwsError> {
        let name = facts.user().user_name.clone();
        match fact {
            Fact::AccessKeys => match self.list_access_keys(&name).await? {
                Some(keys) => facts.learn_access_keys(keys),
                None => return Ok(false),
            },
            Fact::Tags => match self.list_user_tags(&name).await? {
                Some(tags) => facts.learn_tags(tags),
                None => return Ok(false),
            },
            Fact::ConsolePassword => facts.learn_console_password(self.console_password(&name).await?),
            Fact::LastUsed(id) => facts.learn_last_used(id, self.last_used(id).await?),
        }
        Ok(true)
    }
}

impl Aws {
    async fn is_still(&self, user: &IamUser) -> Result<bool, AwsError> {
        let named = self.user(&user.user_name).await?;
        Ok(named.is_some_and(|named| named.user_id == user.user_id))
    }
}

/// Whether a flagged key was made after the event. Keys are listed by name, and the user who has the name by now can
/// be another one, made again while the run goes on.
fn may_be_of_namesake(decision: &Decision, at: DateTime<Utc>) -> bool {
    let Decision::NonCompliant(finding) = decision else { return false };
    finding.keys.iter().any(|key| key.access_key.create_date > at)
}
