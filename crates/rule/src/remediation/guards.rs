//! The guards that the stack sets, in the environment of the function: a request can only make them stricter.

use chrono::TimeDelta;

use crate::input::{InvalidInput, whole_number};
use crate::parameters::RuleParameters;

/// What the stack sets, in the environment of the function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Guards {
    /// `RULE_PARAMETERS`: the parameters of the rule.
    pub parameters: RuleParameters,
    /// `MINIMUM_KEY_AGE_HOURS`: younger keys are left alone.
    pub minimum_key_age: TimeDelta,
    /// `MINIMUM_INACTIVE_DAYS`: a key is deleted only if it was deactivated at least this long ago.
    pub minimum_inactive: TimeDelta,
    /// `MINIMUM_NOTICE_DAYS`: a key is deactivated only if this was announced at least this long ago.
    pub minimum_notice: TimeDelta,
    /// `ALERT_TOPIC_ARN`: where notices go.
    pub topic_arn: Option<String>,
}

/// The texts of the environment; `None` is a variable that is not set.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `RULE_PARAMETERS`.
    pub rule_parameters: Option<String>,
    /// `MINIMUM_KEY_AGE_HOURS`.
    pub minimum_key_age_hours: Option<String>,
    /// `MINIMUM_INACTIVE_DAYS`.
    pub minimum_inactive_days: Option<String>,
    /// `MINIMUM_NOTICE_DAYS`.
    pub minimum_notice_days: Option<String>,
    /// `ALERT_TOPIC_ARN`.
    pub topic_arn: Option<String>,
}

/// The largest number of hours and of days: ten years.
pub(super) const MAX_HOURS: u32 = 87_600;
pub(super) const MAX_DAYS: u32 = 3_650;

/// `MINIMUM_KEY_AGE_HOURS` where it is not set.
const DEFAULT_KEY_AGE_HOURS: u32 = 24;

/// `MINIMUM_INACTIVE_DAYS` where it is not set.
const DEFAULT_INACTIVE_DAYS: u32 = 7;

/// `MINIMUM_NOTICE_DAYS` where it is not set.
const DEFAULT_NOTICE_DAYS: u32 = 0;

impl Guards {
    /// Reads the environment. What is not set has the safe default.
    ///
    /// # Errors
    ///
    /// A value is not understood.
    pub fn parse(environment: &Environment) -> Result<Self, InvalidInput> {
        let number = |name: &str, text: &Option<String>, max: u32, default: u32| match text.as_deref() {
            None | Some("") => Ok(i64::from(default)),
            Some(text) => whole_number(name, text, max).map(i64::from),
        };
        let Environment { minimum_key_age_hours, minimum_inactive_days, minimum_notice_days, .. } =
            environment;
        Ok(Self {
            parameters: RuleParameters::parse(environment.rule_parameters.as_deref())
                .map_err(|error| error.at("RULE_PARAMETERS"))?,
            minimum_key_age: TimeDelta::hours(number(
                "MINIMUM_KEY_AGE_HOURS",
                minimum_key_age_hours,
                MAX_HOURS,
                DEFAULT_KEY_AGE_HOURS,
            )?),
            minimum_inactive: TimeDelta::days(number(
                "MINIMUM_INACTIVE_DAYS",
                minimum_inactive_days,
                MAX_DAYS,
                DEFAULT_INACTIVE_DAYS,
            )?),
            minimum_notice: TimeDelta::days(number(
                "MINIMUM_NOTICE_DAYS",
                minimum_notice_days,
                MAX_DAYS,
                DEFAULT_NOTICE_DAYS,
            )?),
            topic_arn: environment.topic_arn.clone().filter(|arn| !arn.is_empty()),
        })
    }
}

/// What may be done to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Act {
    /// Say on the topic that the key will be deactivated, then tag the user with the time of it.
    Announce,
    /// UpdateAccessKey, status Inactive, after a tag on the user. It can be undone.
    Deactivate,
    /// DeleteAccessKey. It cannot be undone.
    Delete,
}

/// A time as tags and the answer hold it: RFC 3339 in UTC, to the second.
#[must_use]
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The key of the user tag that says when a key was deactivated.
#[must_use]
pub fn deactivated_tag_key(id: &AccessKeyId) -> String {
    format!("{DEACTIVATED_TAG_PREFIX}{id}")
}

/// The tag that a deactivation writes before it.
#[must_use]
pub fn deactivated_tag(id: &AccessKeyId, at: DateTime<Utc>) -> (String, String) {
    (deactivated_tag_key(id), rfc3339(at))
}

/// The tag that a remediation writes when it finds the key active again: no deletion follows from the old one.
#[must_use]
pub fn reactivated_tag(id: &AccessKeyId, at: DateTime<Utc>) -> (String, String) {
    (deactivated_tag_key(id), format!("{REACTIVATED}{}", rfc3339(at)))
}

/// The tag that a notice writes after it was published: its time, and the topic that it was published to.
#[must_use]
pub fn notice_tag(id: &AccessKeyId, at: DateTime<Utc>, topic_arn: &str) -> (String, String) {
    let value = format!("{} {topic_arn}", rfc3339(at));
    (format!("{NOTICE_TAG_PREFIX}{id}"), value.chars().take(MAX_TAG_VALUE).collect())
}

/// Why a key is left alone, in one line.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Reason {
    /// The user is exempt.
    #[error("the user is exempt: {0}")]
    Exempt(Exemption),
    /// The key is in use.
    #[error("used: rotate it, remediation never changes a key that was used")]
    Used,
    /// The key was not created with the user.
    #[error("not created with the user: created {seconds:+} s after it, the setup window is {window} s")]
    OutsideSetupWindow {
        /// How long after the user.
        seconds: i64,
        /// `setupWindowSeconds`.
        window: i64,
    },
    /// The owner may be about to use it.
    #[error("too young: created {created}, the minimum age is {hours} h")]
    TooYoung {
        /// When the key was created.
        created: String,
        /// The minimum age.
        hours: i64,
    },
    /// There is nothing to deactivate.
    #[error("inactive already")]
    Inactive,
    /// The key cannot sign calls any more, and cannot be activated.
    #[error("expired")]
    Expired,
    /// The owner activated it after a remediation deactivated it, or a remediation was cut short.
    #[error(
        "active, and tagged `{tag}` = `{value}`: it was activated again, or its deactivation was interrupted; it is not \
         deactivated again while the tag is there"
    )]
    Reactivated {
        /// The key of the tag.
        tag: String,
        /// Its value.
        value: String,
    },
    /// A tag that must come first would be one too many.
    #[error("the user has {MAX_TAGS} tags, the most that IAM allows: no room for the tag of a remediation")]
    NoRoomForTag,
    /// A notice needs a topic.
    #[error("a notice of {days} days comes before the deactivation, and no alert topic is set")]
    NoTopicForNotice {
        /// The minimum notice.
        days: i64,
    },
    /// The notice is too recent.
    #[error("announced {announced}, not deactivated before {not_before}")]
    NoticeTooRecent {
        /// When the notice was published.
        announced: String,
        /// From when the key may be deactivated.
        not_before: String,
    },
    /// Only an inactive key is deleted.
    #[error("active: only an inactive key is deleted")]
    Active,
    /// A person deactivated it, or activated it in between.
    #[error("inactive, but not by a remediation: tag `{tag}` is missing or holds no time of a deactivation")]
    NotDeactivatedByUs {
        /// The key of the tag.
        tag: String,
    },
    /// The owner has had too little time to object.
    #[error("deactivated too recently: `{tag}` = `{value}`, the minimum is {days} days")]
    InactiveTooShort {
        /// The key of the tag.
        tag: String,
        /// Its value.
        value: String,
        /// The minimum.
        days: i64,
    },
    /// The key was deleted since the first look.
    #[error("the access key does not exist any more")]
    Gone,
    /// The user was deleted or renamed since the first look.
    #[error("no user is named `{0}` any more")]
    UserGone(String),
    /// Another user was created under the name, or renamed to it, since the first look.
    #[error("the name `{user_name}` belongs to another user now, `{user_id}`")]
    NameTaken {
        /// The name.
        user_name: String,
        /// The other user.
        user_id: String,
    },
}

/// What is known about a key when its guards are asked.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The user.
    pub user: &'a IamUser,
    /// The key, with its status.
    pub key: &'a AccessKey,
    /// Its last use.
    pub last_used: LastUsed,
    /// All tags of the user.
    pub tags: &'a Tags,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Returns what may be done to a key.
///
/// # Errors
///
/// The key is left alone; the first reason for it.
pub fn check(remediation: &Remediation, known: &Known<'_>) -> Result<Act, Reason> {
    let Known { user, key, last_used, tags, now } = *known;
    let Guards { parameters, minimum_key_age, .. } = &remediation.guards;

    for prefix in remediation.exemption_prefixes() {
        if let Tagged::Exempt(exemption) = exemption::read(tags, prefix, now) {
            return Err(Reason::Exempt(exemption));
        }
    }
    if last_used.is_used() {
        return Err(Reason::Used);
    }
    // whatever the criterion flags: a key that was created later was wanted
    let after_user = key.create_date - user.create_date;
    if after_user.abs() > parameters.setup_window {
        let (seconds, window) = (after_user.num_seconds(), parameters.setup_window.num_seconds());
        return Err(Reason::OutsideSetupWindow { seconds, window });
    }
    if now - key.create_date < *minimum_key_age {
        let (created, hours) = (rfc3339(key.create_date), minimum_key_age.num_hours());
        return Err(Reason::TooYoung { created, hours });
    }
    match (remediation.mode, key.status) {
        (_, AccessKeyStatus::Expired) => Err(Reason::Expired),
        (Mode::DryRun | Mode::Deactivate, AccessKeyStatus::Active) => may_deactivate(remediation, known),
        (Mode::Delete, AccessKeyStatus::Active) => Err(Reason::Active),
        (Mode::Deactivate, AccessKeyStatus::Inactive) => Err(Reason::Inactive),
        (Mode::DryRun | Mode::Delete, AccessKeyStatus::Inactive) => may_delete(remediation, known),
    }
}

fn may_deactivate(remediation: &Remediation, known: &Known<'_>) -> Result<Act, Reason> {
    let Known { key, tags, now, .. } = *known;
    let tag = deactivated_tag_key(&key.access_key_id);
    if let Some(value) = value_of(tags, &tag) {
        return Err(Reason::Reactivated { value: quoted(value), tag });
    }
    let notice = remediation.guards.minimum_notice;
    let announced = if notice.is_zero() { None } else { announced(remediation, known) };
    if tags.len() >= MAX_TAGS {
        return Err(Reason::NoRoomForTag);
    }
    match announced {
        _ if notice.is_zero() => Ok(Act::Deactivate),
        None if remediation.guards.topic_arn.is_none() => {
            Err(Reason::NoTopicForNotice { days: notice.num_days() })
        }
        None => Ok(Act::Announce),
        Some(announced) if now - announced >= notice => Ok(Act::Deactivate),
        Some(announced) => Err(Reason::NoticeTooRecent {
            announced: rfc3339(announced),
            not_before: rfc3339(announced + notice),
        }),
    }
}

/// When the deactivation was announced, on the topic of now, and after the last exemption ended: a notice from before that
/// gave the owner no reason to act.
fn announced(remediation: &Remediation, known: &Known<'_>) -> Option<DateTime<Utc>> {
    let topic_arn = remediation.guards.topic_arn.as_deref()?;
    let (tag, _) = notice_tag(&known.key.access_key_id, known.now, topic_arn);
    let value = value_of(known.tags, &tag)?;
    let at = time(value.split(' ').next()?)?;
    let is_ours = notice_tag(&known.key.access_key_id, at, topic_arn).1 == value && at <= known.now;
    let ended = remediation.exemption_prefixes().filter_map(|prefix| exemption::ended(known.tags, prefix));
    // an end to come is none of an exemption in force: it would put the deactivation off for ever
    let mut lapsed = ended.filter(|ended| *ended <= known.now);
    (is_ours && lapsed.all(|ended| ended <= at)).then_some(at)
}

fn may_delete(remediation: &Remediation, known: &Known<'_>) -> Result<Act, Reason> {
    let tag = deactivated_tag_key(&known.key.access_key_id);
    let value = value_of(known.tags, &tag);
    let Some((value, deactivated)) = value.and_then(|value| Some((value, time(value)?))) else {
        return Err(Reason::NotDeactivatedByUs { tag });
    };
    let minimum = remediation.guards.minimum_inactive;
    if known.now - deactivated < minimum {
        let days = minimum.num_days();
        return Err(Reason::InactiveTooShort { value: quoted(value), tag, days });
    }
    Ok(Act::Delete)
}

fn value_of<'t>(tags: &'t Tags, key: &str) -> Option<&'t str> {
    tags.iter().find(|(tag, _)| tag == key).map(|(_, value)| value.as_str())
}
