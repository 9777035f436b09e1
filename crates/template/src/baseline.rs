//! The baseline: findings that are known, as an earlier run with `--format json` printed them.

use std::collections::HashSet;

use serde::Deserialize;

use crate::finding::{Finding, SuppressedBy, Suppression};

/// The findings of an earlier run. A finding is the same if file, access key and user are; its line may change.
#[derive(Debug)]
pub struct Baseline(HashSet<(String, String, String)>);

impl Baseline {
    /// Reads the document of an earlier run.
    ///
    /// # Errors
    /// Text that is not such a document.
    pub fn parse(document: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Document {
            files: Vec<File>,
        }
        #[derive(Deserialize)]
        struct File {
            file: String,
            findings: Vec<Known>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Known {
            access_key: String,
            user: String,
        }
        let document: Document = serde_json::from_str(document)?;
        let known = document.files.into_iter().flat_map(|File { file, findings }| {
            findings.into_iter().map(move |finding| (file.clone(), finding.access_key, finding.user))
        });
        Ok(Self(known.collect()))
    }

    pub(crate) fn suppression(&self, file: &str, finding: &Finding) -> Option<Suppression> {
        let key = (file.to_owned(), finding.access_key.clone(), finding.user.clone());
        let reason = String::from("in the baseline");
        self.0.contains(&key).then_some(Suppression { by: SuppressedBy::Baseline, reason })
    }
}
