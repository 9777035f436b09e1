//! What is said of a user, and of how many: the parts that all users add up to.

use setupkey_rule::verdict::ComplianceType;

use crate::audit::model::{Summary, User};

/// What is said of a user; users who matter come first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Verdict {
    Flagged,
    NotRead,
    Exempt,
    Compliant,
    OutOfScope,
}

impl Verdict {
    /// In the order of a list of users.
    pub(super) const ALL: [Self; 5] =
        [Self::Flagged, Self::NotRead, Self::Exempt, Self::Compliant, Self::OutOfScope];

    /// In the order of a sum: what has a verdict, then what has none.
    pub(super) const PARTS: [Self; 5] =
        [Self::Flagged, Self::Exempt, Self::Compliant, Self::OutOfScope, Self::NotRead];

    /// The verdict about a user.
    pub(super) fn of(user: &User) -> Self {
        match user.compliance_type {
            Some(ComplianceType::NonCompliant) => Self::Flagged,
            Some(ComplianceType::Compliant) => Self::Compliant,
            Some(ComplianceType::NotApplicable) if user.is_exempt() => Self::Exempt,
            Some(ComplianceType::NotApplicable) => Self::OutOfScope,
            None => Self::NotRead,
        }
    }

    /// How many users it is said of.
    pub(super) fn count(self, summary: &Summary) -> usize {
        match self {
            Self::Flagged => summary.non_compliant,
            Self::Exempt => summary.excepted,
            Self::Compliant => summary.compliant,
            Self::OutOfScope => summary.out_of_scope,
            Self::NotRead => summary.users_unread,
        }
    }

    /// Whether an auditor has to see the user.
    pub(super) fn matters(self) -> bool {
        matches!(self, Self::Flagged | Self::NotRead | Self::Exempt)
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Flagged => "flagged",
            Self::NotRead => "not read",
            Self::Exempt => "exempt",
            Self::Compliant => "compliant",
            Self::OutOfScope => "out of scope",
        }
    }

    /// The fill of its part of a drawing, which tells it apart without color: see `patterns`.
    pub(super) fn fill(self) -> &'static str {
        match self {
            Self::Flagged => "url(#flagged)",
            Self::NotRead => "url(#unread)",
            Self::Exempt => "url(#exempt)",
            Self::Compliant => "url(#plain)",
            Self::OutOfScope => "none",
        }
    }
}
