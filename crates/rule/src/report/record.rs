//! The records of a CSV text: what no report of the service has been seen to hold, quotes, is left to the csv
//! crate; without them a record is a line and a field what is between commas.

use csv::{ReaderBuilder, StringRecord};
use memchr::{memchr, memchr_iter, memchr2};

use super::ReportError;

/// Reads record after record; no more than one is held.
#[derive(Debug)]
pub(super) enum Records<'a> {
    /// A text without quotes and carriage returns.
    Plain {
        rest: &'a str,
        line: &'a str,
        // where each field of the line ends
        ends: Vec<usize>,
    },
    /// Any text.
    Quoted { reader: Box<csv::Reader<&'a [u8]>>, record: StringRecord, length: u64 },
}

/// One record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Record<'a> {
    Plain { line: &'a str, ends: &'a [usize] },
    Quoted(&'a StringRecord),
}

impl<'a> Records<'a> {
    pub(super) fn of(content: &'a [u8]) -> Self {
        let plain = memchr2(b'"', b'\r', content).is_none();
        match std::str::from_utf8(content) {
            Ok(text) if plain => Self::Plain { rest: text, line: "", ends: Vec::new() },
            _ => Self::quoted(content),
        }
    }

    fn quoted(content: &'a [u8]) -> Self {
        // a record's length is checked where the error can say which row
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
        Self::Quoted { reader: Box::new(reader), record: StringRecord::new(), length: content.len() as u64 }
    }

    /// Goes to the next record that is not blank; `false` at the end.
    pub(super) fn advance(&mut self) -> Result<bool, ReportError> {
        match self {
            Self::Plain { rest, line, ends } => loop {
                if rest.is_empty() {
                    return Ok(false);
                }
                let next;
                let newline = memchr(b'\n', rest.as_bytes());
                (next, *rest) = newline.map_or((*rest, ""), |end| {
                    (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default())
                });
                if is_blank(next) {
                    continue;
                }
                *line = next;
                ends.clear();
                ends.extend(memchr_iter(b',', next.as_bytes()));
                ends.push(next.len());
                return Ok(true);
            },
            Self::Quoted { reader, record, .. } => loop {
                let read = reader.read_record(record);
                if !read.map_err(|error| ReportError::Csv(error.to_string()))? {
                    return Ok(false);
                }
                if record.len() > 1 || !record.iter().all(is_blank) {
                    return Ok(true);
                }
            },
        }
    }

    /// The record that was gone to.
    pub(super) fn record(&self) -> Record<'_> {
        match self {
            Self::Plain { line, ends, .. } => Record::Plain { line, ends },
            Self::Quoted { record, .. } => Record::Quoted(record),
        }
    }

    /// Whether nothing is behind the record that was gone to.
    pub(super) fn is_last(&self) -> bool {
        match self {
            Self::Plain { rest, .. } => rest.is_empty(),
            Self::Quoted { reader, length, .. } => reader.position().byte() == *length,
        }
    }
}

impl<'a> Record<'a> {
    /// How many fields there are.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Plain { ends, .. } => ends.len(),
            Self::Quoted(record) => record.len(),
        }
    }

    /// A field, where there is one.
    pub(super) fn get(self, index: usize) -> Option<&'a str> {
        match self {
            Self::Plain { line, ends } => {
                let end = *ends.get(index)?;
                let begin = match index.checked_sub(1) {
                    Some(before) => ends.get(before)? + 1,
                    None => 0,
                };
                line.get(begin..end)
            }
            Self::Quoted(record) => record.get(index),
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte == b'\t')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(mut records: Records<'_>) -> Vec<Vec<String>> {
        let mut read = Vec::new();
        while records.advance().unwrap() {
            let record = records.record();
            read.push((0..record.len()).map(|index| record.get(index).unwrap().to_owned()).collect());
        }
        read
    }

    #[test]
    fn quotes_and_carriage_returns_are_left_to_the_csv_crate() {
        assert!(matches!(Records::of(b"a,b\nc,d"), Records::Plain { .. }));
        for text in ["a,\"b\"", "a,b\r\nc,d", "a\rb"] {
            assert!(matches!(Records::of(text.as_bytes()), Records::Quoted { .. }), "{text}");
        }
        assert!(matches!(Records::of(b"a\xf6"), Records::Quoted { .. }));
    }

    proptest! {
        #[test]
        fn plain_text_is_read_as_the_csv_crate_reads_it(text in "[ab,\u{e9} \t\n]{0,60}") {
            prop_assert_eq!(all(Records::of(text.as_bytes())), all(Records::quoted(text.as_bytes())));
        }
    }
}
