//! One key: does what the attempt asks for, and finds out what became of a write that was not answered.

use std::future::Future;

use setupkey_aws::{AwsError, Written};
use setupkey_rule::facts::{AccessKey, AccessKeyStatus, IamUser};
use setupkey_rule::remediation::answer::{Action, Done, Refusal};
use setupkey_rule::remediation::attempt::{Attempt, AttemptStep};
use setupkey_rule::remediation::guards::{Act, Reason};
use setupkey_rule::remediation::request::Mode;
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use crate::handler::{Run, now};

/// A key that was left alone.
pub(crate) struct LeftAlone {
    pub(crate) refusal: Refusal,
    /// Whether its tag says, or may say, that it is deactivated, while it is active and not known to be used.
    pub(crate) tagged: bool,
}

/// Acts on one key, or says why not.
pub(crate) async fn act(run: &Run<'_>, user: &IamUser, key: &AccessKey) -> Result<Action, LeftAlone> {
    let (id, name) = (&key.access_key_id, &user.user_name);
    let dry_run = run.remediation.mode == Mode::DryRun;
    let mut attempt = Attempt::new(run.remediation, user, id);
    loop {
        let failed = |error: &AwsError, tagged| LeftAlone { refusal: Refusal::failed(id, error), tagged };
        match attempt.next(now()) {
            AttemptStep::LookAgain => {
                let seen = async {
                    let named = run.aws.user_named(name).await?;
                    Ok((named, run.aws.list_access_keys(name).await?.unwrap_or_default()))
                };
                let seen = until(run.deadlines.act, "iam:GetUser", seen).await;
                let (named, keys) = seen.map_err(|error| failed(&error, false))?;
                attempt.saw(named, keys);
            }
            AttemptStep::Tag { key, value, at } => {
                let written = run.aws.tag_user(name, &key, &value);
                if let Err(error) = until(run.deadlines.act, "iam:TagUser", written).await {
                    let held = is_tagged(run, user, &key, &value).await;
                    if held != Some(true) {
                        return Err(failed(&error, held.is_none()));
                    }
                    warn!(access_key_id = %id, %error, "the tag is written all the same");
                }
                attempt.tagged(at);
            }
            AttemptStep::ReadLastUsed => {
                let last_used = until(run.deadlines.act, "iam:GetAccessKeyLastUsed", run.aws.last_used(id));
                let last_used = last_used.await.map_err(|error| failed(&error, attempt.is_tagged()))?;
                attempt.learn_last_used(last_used);
            }
            AttemptStep::Do { act, at } => {
                if !dry_run {
                    write(run, user, key, act, attempt.is_tagged()).await?;
                }
                let done = Done { act, dry_run };
                let after_user = key.create_date - user.create_date;
                return Ok(Action { access_key_id: id.clone(), action: done, at, after_user });
            }
            AttemptStep::LeaveAlone(reason) => {
                let refusal = Refusal::guarded(id, &reason, run.remediation.mode);
                return Err(LeftAlone { refusal, tagged: false });
            }
        }
    }
}

/// The one act. What a call that failed has done all the same is looked up.
async fn write(
    run: &Run<'_>,
    user: &IamUser,
    key: &AccessKey,
    act: Act,
    tagged: bool,
) -> Result<(), LeftAlone> {
    let (id, name) = (&key.access_key_id, &user.user_name);
    let written = match act {
        Act::Deactivate => {
            let call = run.aws.deactivate_access_key(name, id);
            until(run.deadlines.act, "iam:UpdateAccessKey", call).await
        }
        Act::Delete => {
            let call = run.aws.delete_access_key(name, id);
            until(run.deadlines.act, "iam:DeleteAccessKey", call).await
        }
    };
    let error = match (written, act) {
        // the last look has just seen the key: it is gone by an attempt of ours whose answer was lost
        (Ok(Written::Done), _) | (Ok(Written::NoSuchKey), Act::Delete) => return Ok(()),
        (Ok(Written::NoSuchKey), Act::Deactivate) => {
            let refusal = Refusal::guarded(id, &Reason::Gone, run.remediation.mode);
            return Err(LeftAlone { refusal, tagged: false });
        }
        (Err(error), _) => error,
    };
    let keys = until(run.deadlines.verify, "iam:ListAccessKeys", run.aws.list_access_keys(name)).await;
    let status = keys.map(|keys| {
        keys.unwrap_or_default().into_iter().find(|key| key.access_key_id == *id).map(|key| key.status)
    });
    match (act, status) {
        (Act::Deactivate, Ok(Some(AccessKeyStatus::Inactive))) | (Act::Delete, Ok(None)) => {
            warn!(access_key_id = %id, %error, "done all the same");
            Ok(())
        }
        _ => Err(LeftAlone { refusal: Refusal::failed(id, &error), tagged }),
    }
}

/// Whether the user has this tag; `None` if that cannot be read either.
async fn is_tagged(run: &Run<'_>, user: &IamUser, key: &str, value: &str) -> Option<bool> {
    let named = run.aws.user_named(&user.user_name);
    let named = until(run.deadlines.verify, "iam:GetUser", named).await.ok()?;
    let (_, tags) =
        named.filter(|(named, _)| named.user_id == user.user_id).unwrap_or_else(|| (user.clone(), vec![]));
    Some(tags.iter().any(|(held, is)| held == key && is == value))
}

async fn until<T>(
    deadline: Instant,
    operation: &'static str,
    call: impl Future<Output = Result<T, AwsError>>,
) -> Result<T, AwsError> {
    timeout_at(deadline, call).await.unwrap_or_else(|_| Err(AwsError::out_of_time(operation)))
}
