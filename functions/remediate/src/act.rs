//! One key: does what the attempt asks for.

use setupkey_aws::AwsError;
use setupkey_rule::iam::{AccessKey, IamUser};
use setupkey_rule::remediation::answer::{Action, Refusal};
use setupkey_rule::remediation::attempt::{Attempt, AttemptStep, Seen, WriteError};
use setupkey_rule::remediation::check::Reason;
use setupkey_rule::remediation::notice::Notice;
use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::run::{ErrorType, Run, now};

/// What became of a key.
pub(crate) enum Acted {
    /// Something was done, or would be.
    Done(Action),
    /// Nothing was done.
    LeftAlone(Refusal),
    /// Nothing was done: the key is active again after a deactivation.
    Reactivated(Refusal),
    /// The tag says that the key is deactivated, and it may be active.
    LeftActive(Refusal),
}

/// Acts on one key, or says why not.
pub(crate) async fn act(run: &mut Run<'_>, user: &IamUser, key: &AccessKey) -> Acted {
    let (id, name) = (&key.access_key_id, &user.user_name);
    let until = run.deadlines.act;
    let mut attempt = Attempt::new(run.remediation, user, id, run.request_id);
    // the error of the last call, for where the attempt ends with it
    let mut error = String::new();
    loop {
        let written = match attempt.next(now()) {
            AttemptStep::Look { wait, keys_last } => {
                let left = until.saturating_duration_since(Instant::now());
                sleep(wait.to_std().unwrap_or_default().min(left)).await;
                match look(run, user, key, keys_last).await {
                    Ok(seen) => attempt.saw(seen),
                    Err(unread) => return failed(&attempt, key, &unread),
                }
                continue;
            }
            AttemptStep::Announce { not_before } => {
                let notice = Notice {
                    function: run.function,
                    remediation: run.remediation,
                    user,
                    announced: Some((key, not_before)),
                    actions: &[],
                    left_active: &[],
                    reactivated: &[],
                };
                let why = match run.publish(&notice, until).await {
                    Ok(true) => None,
                    Ok(false) => Some("no confirmed subscription".to_owned()),
                    Err(error) => Some(error.to_string()),
                };
                // a notice that reached nobody starts no clock
                if let Some(why) = why {
                    let message = format!("notice not sent, the next remediation tries again: {why}");
                    run.failures.add(ErrorType::AlertNotSent, message);
                    let reason = format!("not announced: {why}");
                    return Acted::LeftAlone(Refusal { access_key_id: id.clone(), reason, failed: false });
                }
                attempt.published(now());
                continue;
            }
            AttemptStep::Tag { key, value } => run.aws.tag_user(name, &key, &value, until).await,
            AttemptStep::Deactivate => run.aws.deactivate_access_key(name, id, until).await,
            AttemptStep::Delete => run.aws.delete_access_key(name, id, until).await,
            AttemptStep::Done { action, at, not_before } => {
                let after_user = key.create_date - user.create_date;
                let access_key_id = id.clone();
                return Acted::Done(Action { access_key_id, action, at, not_before, after_user });
            }
            AttemptStep::LeaveAlone(reason) => {
                let refusal = Refusal::guarded(id, &reason, run.remediation.mode);
                return match reason {
                    _ if reason.is_active_again() => Acted::Reactivated(refusal),
                    _ if attempt.may_be_tagged() && !matches!(reason, Reason::Gone | Reason::Inactive) => {
                        Acted::LeftActive(refusal)
                    }
                    _ => Acted::LeftAlone(refusal),
                };
            }
            AttemptStep::Failed => return failed(&attempt, key, &error),
        };
        match written {
            Ok(()) => attempt.written(now()),
            Err(failure) => {
                warn!(access_key_id = %id, error = %failure, "write failed");
                error = failure.to_string();
                attempt.failed(match failure {
                    // certainly not executed either; the next look says what is gone
                    failure if failure.is_throttling() || failure.is_no_such_entity() => {
                        WriteError::Throttled
                    }
                    failure if failure.is_refusal() => WriteError::Refused,
                    _ => WriteError::Unknown,
                });
            }
        }
    }
}

fn failed(attempt: &Attempt<'_>, key: &AccessKey, error: &impl std::fmt::Display) -> Acted {
    let refusal = Refusal::failed(&key.access_key_id, error);
    if attempt.may_be_tagged() { Acted::LeftActive(refusal) } else { Acted::LeftAlone(refusal) }
}

/// Reads everything that a guard asks for. What counts most comes last: the use before a deactivation, the status before a
/// deletion.
async fn look(run: &Run<'_>, user: &IamUser, key: &AccessKey, keys_last: bool) -> Result<Seen, AwsError> {
    let (name, id, until) = (&user.user_name, &key.access_key_id, run.deadlines.act);
    let user = run.aws.user(name, until).await?;
    let keys = run.aws.list_access_keys(name, until);
    let last_used = run.aws.last_used(id, until);
    let (keys, last_used) = if keys_last {
        let last_used = last_used.await?;
        (keys.await?, last_used)
    } else {
        (keys.await?, last_used.await?)
    };
    Ok(Seen { user, keys: keys.unwrap_or_default(), last_used })
}
