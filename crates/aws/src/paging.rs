//! Pages: a listing that cannot go on is an error, never the end.

use std::collections::BTreeSet;

use crate::error::AwsError;

/// The markers or tokens of one listing so far.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    seen: BTreeSet<String>,
}

impl Pages {
    /// The marker of the next page, or `None` at the end. A page may be short or empty and still have more
    /// behind it. A marker that was there before would lead in a circle.
    pub(crate) fn next(
        &mut self,
        operation: &'static str,
        has_more: bool,
        marker: Option<String>,
    ) -> Result<Option<String>, AwsError> {
        match marker {
            _ if !has_more => Ok(None),
            None => Err(AwsError::unexpected(operation, "more pages to come, but no marker")),
            Some(marker) if marker.is_empty() => {
                Err(AwsError::unexpected(operation, "more pages to come, but an empty marker"))
            }
            Some(marker) if !self.seen.insert(marker.clone()) => {
                Err(AwsError::unexpected(operation, "the same page came twice"))
            }
            marker => Ok(marker),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listing_ends_only_where_the_service_says_so() {
        let marker = |text: &str| Some(text.to_owned());
        let mut pages = Pages::default();

        assert_eq!(pages.next("op", true, marker("a")).unwrap(), marker("a"));
        assert_eq!(pages.next("op", true, marker("b")).unwrap(), marker("b"));
        assert_eq!(pages.next("op", false, marker("c")).unwrap(), None);
        for (marker, expected) in [
            (None, "op failed: more pages to come, but no marker"),
            (marker(""), "op failed: more pages to come, but an empty marker"),
            (marker("a"), "op failed: the same page came twice"),
        ] {
            assert_eq!(pages.next("op", true, marker).unwrap_err().to_string(), expected);
        }
    }
}
