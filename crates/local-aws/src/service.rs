//! The services that local AWS plays.

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Iam,
    Sts,
    Sns,
    Config,
}

impl Service {
    /// The name in a credential scope and in IAM actions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Sns => "sns",
            Self::Config => "config",
        }
    }
}
