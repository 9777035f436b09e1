//! What a run delivers, and to whom it is told: the words between the comparison in
//! [`results`](crate::results) and the [`alert`](crate::alert).

use crate::decision::Finding;
use crate::evaluation::{Evaluation, HeldResult};
use crate::exception::Exception;
use crate::facts::IamUser;

/// What a scheduled run delivers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// Put first: everything but new findings. If this fails, nobody is alerted, and the next run finds
    /// the same users new.
    pub first: Vec<Evaluation>,
    /// Alerted about, then put; empty where nobody is alerted.
    pub new_findings: Vec<NewFinding>,
    /// Findings that AWS Config holds and that an exception clears: told, then put. Empty where nobody is
    /// alerted.
    pub cleared: Vec<Cleared>,
    /// Every user who would be flagged and is excepted.
    pub excepted: Vec<Excepted>,
    /// Findings that AWS Config holds and that are none any more.
    pub resolved: Vec<Resolved>,
    /// Users that the rule speaks about.
    pub in_scope: usize,
    /// Noncompliant users.
    pub flagged: usize,
    /// How many of them nobody was alerted about before, as far as AWS Config tells.
    pub new: usize,
}

/// A finding that nobody was alerted about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewFinding {
    /// The user.
    pub user: IamUser,
    /// Why.
    pub finding: Finding,
    /// The result to put.
    pub evaluation: Evaluation,
    /// Whether an earlier run could not alert: comes first in the next alert.
    pub waiting: bool,
}

/// A user who would be flagged, and is excepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Excepted {
    /// The user.
    pub user: IamUser,
    /// The exception.
    pub exception: Exception,
}

/// A finding that an exception clears. Told before it is put, so that no exception takes effect in silence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cleared {
    /// The user.
    pub user: IamUser,
    /// The exception.
    pub exception: Exception,
    /// The result to put.
    pub evaluation: Evaluation,
}

/// A finding that is none any more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resolved {
    /// The unique id of the user.
    pub user_id: String,
    /// The name, as far as AWS Config's annotation still tells.
    pub user_name: Option<String>,
}

impl Resolved {
    pub(crate) fn new(held: &HeldResult) -> Self {
        let name = held.annotation.as_deref().and_then(|text| text.split_once(": "));
        Self { user_id: held.resource_id.clone(), user_name: name.map(|(name, _)| name.to_owned()) }
    }
}
