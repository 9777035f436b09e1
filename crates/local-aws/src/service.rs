//! The services that local AWS plays.

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Iam,
    Sts,
    Sns,
    Config,
    CloudTrail,
}

impl Service {
    /// Whether the service speaks JSON 1.1, and not Query.
    pub(crate) fn speaks_json(self) -> bool {
        matches!(self, Self::Config | Self::CloudTrail)
    }

    /// The name in a credential scope and in IAM actions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Sns => "sns",
            Self::Config => "config",
            Self::CloudTrail => "cloudtrail",
        }
    }
}
