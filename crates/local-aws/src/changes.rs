//! What others do to the account while a function works: changes of the state, each waiting for its call.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::behaviour::is_meant;
use crate::state::State;

type Change = Box<dyn FnOnce(&mut State) + Send>;

/// The changes that wait.
#[derive(Default)]
pub(crate) struct Changes(Mutex<Vec<Waiting>>);

struct Waiting {
    operation: String,
    /// How many calls of the operation come first.
    skip: usize,
    change: Change,
}

impl Changes {
    pub(crate) fn add(&self, operation: &str, skip: usize, change: Change) {
        let waiting = Waiting { operation: operation.to_owned(), skip, change };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The changes for which it is time when this operation is called; the call is counted.
    pub(crate) fn due(&self, operation: &str) -> Vec<Change> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        for mut change in std::mem::take(&mut *waiting) {
            match (is_meant(&change.operation, operation), change.skip) {
                (true, 0) => due.push(change.change),
                (true, _) => {
                    change.skip -= 1;
                    waiting.push(change);
                }
                (false, _) => waiting.push(change),
            }
        }
        due
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_list().entries(waiting.iter().map(|change| (&change.operation, change.skip))).finish()
    }
}
