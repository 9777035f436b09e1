//! Finds the records in the bytes of a log file, chunk by chunk, without holding more than one record.
//!
//! A source is one or more JSON values: an object with an array `Records` (a log file of a trail) or `Events` (what
//! `aws cloudtrail lookup-events` prints), an array of records, or records one after another. Only strings and
//! brackets are looked at here: the records themselves are validated where they are read.

use memchr::memchr2;
use thiserror::Error;

/// The longest record that is read. CloudTrail's own limit is 256 KB for an event (CloudTrail user guide, Quotas), and
/// 1 MB for one that is enriched.
pub const MAX_RECORD_BYTES: usize = 2 << 20;

/// The names of an array of records in an object around it.
const WRAPPERS: [&[u8]; 2] = [b"Records", b"Events"];

/// The length of the longest of these names.
const LONGEST_WRAPPER: usize = 7;

/// Why a source cannot be read to its end. The records before that were handed over.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum SplitError {
    /// The source has no bytes, or only spaces.
    #[error("the file is empty")]
    Empty,
    /// Something else than an object or an array of objects.
    #[error("not CloudTrail records: unexpected byte at offset {offset}, expected JSON objects")]
    NotRecords {
        /// Where.
        offset: u64,
    },
    /// The source ends within a value.
    #[error("the file is cut off: it ends within a JSON value")]
    Cut,
    /// A record, or an object that holds none, is too long.
    #[error("a record is longer than {MAX_RECORD_BYTES} bytes")]
    TooLong,
}

/// Where in the structure the next byte is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum At {
    /// Between values, outside of everything.
    #[default]
    Outside,
    /// In an array of records, between two of them; `wrapped` in an object.
    Array { wrapped: bool },
    /// In an object that lies in the array.
    Record { wrapped: bool },
    /// In an object outside of everything: a record, or the wrapper of an array of them.
    Object { is_wrapper: bool },
}

/// Finds the records of one source.
#[derive(Debug, Default)]
pub struct Splitter {
    at: At,
    // brackets that are open within the object
    depth: u32,
    in_string: bool,
    after_backslash: bool,
    // the string that was read last directly within an outer object, as far as it matters
    key: Vec<u8>,
    // the beginning of the object, from earlier chunks
    held: Vec<u8>,
    offset: u64,
    is_empty: bool,
}

impl Splitter {
    /// Begins a source.
    #[must_use]
    pub fn new() -> Self {
        Self { is_empty: true, ..Self::default() }
    }

    /// Reads the next bytes, and hands over each record that ends in them.
    ///
    /// # Errors
    ///
    /// The bytes are not records; nothing after that can be read.
    pub fn push(&mut self, chunk: &[u8], each: &mut dyn FnMut(&[u8])) -> Result<(), SplitError> {
        let chunk_offset = self.offset;
        self.offset += chunk.len() as u64;
        let mut rest = chunk;
        while !rest.is_empty() {
            rest = match self.at {
                At::Outside | At::Array { .. } => {
                    let offset = chunk_offset + (chunk.len() - rest.len()) as u64;
                    self.between(rest, offset)?
                }
                At::Record { .. } | At::Object { .. } => self.within(rest, each)?,
            };
        }
        Ok(())
    }

    /// Ends the source.
    ///
    /// # Errors
    ///
    /// It is empty, or ends within a value.
    pub fn finish(self) -> Result<(), SplitError> {
        match self.at {
            At::Outside if self.is_empty => Err(SplitError::Empty),
            At::Outside => Ok(()),
            _ => Err(SplitError::Cut),
        }
    }

    /// Goes to the next object or to the end of the array.
    fn between<'a>(&mut self, bytes: &'a [u8], offset: u64) -> Result<&'a [u8], SplitError> {
        for (place, byte) in bytes.iter().enumerate() {
            let here = bytes.get(place..).unwrap_or_default();
            let after = bytes.get(place + 1..).unwrap_or_default();
            match (byte, self.at) {
                (b' ' | b'\t' | b'\r' | b'\n' | b',', _) => {}
                // a byte order mark, as some editors leave it
                (0xef | 0xbb | 0xbf, At::Outside) if self.is_empty => {}
                (b'{', at) => {
                    self.is_empty = false;
                    self.depth = 0;
                    self.key.clear();
                    self.at = match at {
                        At::Array { wrapped } => At::Record { wrapped },
                        _ => At::Object { is_wrapper: false },
                    };
                    // the bracket is part of the object
                    return Ok(here);
                }
                (b'[', At::Outside) => {
                    self.is_empty = false;
                    self.at = At::Array { wrapped: false };
                }
                (b']', At::Array { wrapped }) => {
                    self.at = if wrapped { At::Object { is_wrapper: true } } else { At::Outside };
                    // back in the object around it
                    self.depth = u32::from(wrapped);
                    self.key.clear();
                    return Ok(after);
                }
                _ => return Err(SplitError::NotRecords { offset: offset + place as u64 }),
            }
        }
        Ok(&[])
    }

    /// Goes to the end of the object, or to the array of records in it.
    fn within<'a>(&mut self, bytes: &'a [u8], each: &mut dyn FnMut(&[u8])) -> Result<&'a [u8], SplitError> {
        let mut place = 0;
        while let Some(byte) = bytes.get(place) {
            if self.in_string {
                place = self.string(bytes, place);
                continue;
            }
            place += 1;
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.key.clear();
                }
                b'[' if self.begins_records() => {
                    self.held.clear();
                    self.at = At::Array { wrapped: true };
                    return Ok(bytes.get(place..).unwrap_or_default());
                }
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        let (end, rest) = bytes.split_at_checked(place).unwrap_or((bytes, &[]));
                        self.end(end, each)?;
                        return Ok(rest);
                    }
                }
                _ => {}
            }
        }
        if self.at != (At::Object { is_wrapper: true }) {
            self.hold(bytes)?;
        }
        Ok(&[])
    }

    /// Goes through a string, to its end or that of the bytes.
    fn string(&mut self, bytes: &[u8], place: usize) -> usize {
        if self.after_backslash {
            self.after_backslash = false;
            return place + 1;
        }
        let rest = bytes.get(place..).unwrap_or_default();
        let length = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        if self.depth == 1 && self.key.len() <= LONGEST_WRAPPER {
            // one byte more than the longest name says that it is another
            let wanted = LONGEST_WRAPPER + 1 - self.key.len();
            self.key.extend(rest.iter().take(length.min(wanted)));
        }
        match rest.get(length) {
            None => return bytes.len(),
            Some(b'\\') => self.after_backslash = true,
            Some(_) => self.in_string = false,
        }
        place + length + 1
    }

    /// Whether an array that begins here is one of records.
    fn begins_records(&self) -> bool {
        self.depth == 1 && matches!(self.at, At::Object { .. }) && WRAPPERS.contains(&self.key.as_slice())
    }

    /// Ends the object.
    fn end(&mut self, end: &[u8], each: &mut dyn FnMut(&[u8])) -> Result<(), SplitError> {
        let is_wrapper = self.at == (At::Object { is_wrapper: true });
        self.at = match self.at {
            At::Record { wrapped } => At::Array { wrapped },
            _ => At::Outside,
        };
        if is_wrapper {
            return Ok(());
        }
        if self.held.is_empty() {
            if end.len() > MAX_RECORD_BYTES {
                return Err(SplitError::TooLong);
            }
            each(end);
        } else {
            self.hold(end)?;
            each(&self.held);
            self.held.clear();
        }
        Ok(())
    }

    /// Keeps a part of an object until its end comes.
    fn hold(&mut self, bytes: &[u8]) -> Result<(), SplitError> {
        if self.held.len() + bytes.len() > MAX_RECORD_BYTES {
            return Err(SplitError::TooLong);
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
