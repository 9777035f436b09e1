//! The records of a CSV text, one after the other. What their fields mean is in `columns`.

use csv::{ReaderBuilder, StringRecord};

use super::ReportError;

/// Reads record after record; no more than one is held.
#[derive(Debug)]
pub(super) struct Records<'a> {
    reader: csv::Reader<&'a [u8]>,
    record: StringRecord,
    // of the text, in bytes
    length: u64,
}

impl<'a> Records<'a> {
    pub(super) fn of(content: &'a [u8]) -> Self {
        // a record's length is checked where the error can say which row
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
        Self { reader, record: StringRecord::new(), length: content.len() as u64 }
    }

    /// Goes to the next record that is not blank; `false` at the end.
    pub(super) fn advance(&mut self) -> Result<bool, ReportError> {
        loop {
            let read = self.reader.read_record(&mut self.record);
            if !read.map_err(|error| ReportError::Csv(error.to_string()))? {
                return Ok(false);
            }
            if self.record.len() > 1 || !self.record.iter().all(is_blank) {
                return Ok(true);
            }
        }
    }

    /// The record that was gone to.
    pub(super) fn record(&self) -> &StringRecord {
        &self.record
    }

    /// Whether nothing is behind the record that was gone to.
    pub(super) fn is_last(&self) -> bool {
        self.reader.position().byte() == self.length
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte == b'\t')
}
