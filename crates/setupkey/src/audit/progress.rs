//! Progress for whoever waits: on standard error, if that is a terminal, once it takes longer than a moment.

use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner needs no bar.
const A_MOMENT: Duration = Duration::from_secs(1);

/// How far the reading is.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Begins to wait. indicatif draws nothing where standard error is no terminal.
    pub(crate) fn begin() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {bar:40} {pos}/{len} users") {
            bar.set_style(style);
        }
        let later = bar.clone();
        thread::spawn(move || {
            thread::sleep(A_MOMENT);
            if !later.is_finished() {
                later.set_draw_target(ProgressDrawTarget::stderr());
                later.enable_steady_tick(A_MOMENT);
            }
        });
        Self(bar)
    }

    /// So many more users are to be read.
    pub(crate) fn expect(&self, users: usize) {
        self.0.inc_length(u64::try_from(users).unwrap_or_default());
    }

    /// One more user is read.
    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }

    /// Does something that must not mix with the bar.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    /// Nobody waits any more.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
