//! Settings that name a file: in the environment, or else in the profile.

use std::env;
use std::fmt;
use std::fs::File;

use aws_config::profile::ProfileSet;

use super::SessionError;

/// A file that a setting names.
#[derive(Clone, Debug)]
pub(super) struct FileSetting {
    name: String,
    pub(super) path: String,
}

impl FileSetting {
    /// The file that a variable of the environment names, or else a key of the profile.
    pub(super) fn of(variable: &str, key: &str, profiles: &ProfileSet) -> Option<Self> {
        let from_env = env::var(variable).ok().filter(|path| !path.is_empty());
        match (from_env, profiles.get(key)) {
            (Some(path), _) => Some(Self { name: variable.to_owned(), path }),
            (None, Some(path)) => {
                Some(Self { name: format!("`{key}` of the profile"), path: path.to_owned() })
            }
            (None, None) => None,
        }
    }

    /// What is wrong with the file.
    pub(super) fn wrong(&self, reason: impl fmt::Display) -> SessionError {
        SessionError::new(format!("{} is `{}`: {reason}", self.name, self.path))
    }

    /// What is wrong with the file, if it cannot be opened for the reason that an error says.
    pub(super) fn unreadable(&self, said: &str) -> Option<SessionError> {
        let error = File::open(&self.path).err()?;
        said.contains(&error.to_string()).then(|| self.wrong(error))
    }
}
