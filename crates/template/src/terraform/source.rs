//! What a name comes from that is not known before apply: a user of the plan, or something that is compared as it
//! stands. Not here: how references lead there (`reference`).

use super::address::{Address, Index, Module};

/// What a name comes from.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Source {
    /// A constant.
    Text(String),
    /// The name of a user of the plan.
    User(Pattern),
    /// Something else; the same source is the same name.
    Other(Pattern),
    /// What the plan does not tell, such as a local value.
    Unknown,
}

impl Source {
    /// Whether it may be the name of a user of the plan all the same: a data source and another user's attribute are not.
    pub(super) fn may_be_a_user(&self) -> bool {
        !matches!(self, Self::Other(pattern) if pattern.what.starts_with("data."))
    }
}

/// An index, as far as a reference tells.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Which {
    Exactly(Option<Index>),
    Any,
}

impl Which {
    fn matches(&self, index: Option<&Index>) -> bool {
        match self {
            Self::Exactly(wanted) => wanted.as_ref() == index,
            Self::Any => true,
        }
    }
}

/// The instances of a resource that a reference may mean.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Pattern {
    pub(super) modules: Vec<(String, Which)>,
    /// Type and name; of something that is no user, the attribute as well.
    pub(super) what: String,
    pub(super) index: Which,
}

impl Pattern {
    /// The pattern that means this instance and no other.
    pub(super) fn of(address: &Address) -> Self {
        let exactly = |(name, index): &Module| (name.clone(), Which::Exactly(index.clone()));
        Self {
            modules: address.modules.iter().map(exactly).collect(),
            what: format!("{}.{}", address.kind, address.name),
            index: Which::Exactly(address.index.clone()),
        }
    }

    /// Whether it may mean this instance.
    pub(super) fn matches(&self, address: &Address) -> bool {
        let modules = || self.modules.iter().zip(&address.modules);
        self.what == format!("{}.{}", address.kind, address.name)
            && self.index.matches(address.index.as_ref())
            && self.modules.len() == address.modules.len()
            && modules().all(|((name, which), (other, index))| name == other && which.matches(index.as_ref()))
    }
}
