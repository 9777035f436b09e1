//! Progress on standard error, if that is a terminal, once the work takes longer than a moment: a spinner that says
//! what it waits for, then a bar.

use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter work needs no bar.
const A_MOMENT: Duration = Duration::from_secs(1);

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(250);

/// How far the reading is.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    counts_accounts: bool,
}

impl Progress {
    /// Starts to wait; `accounts` is how many are read if there are several. indicatif draws nothing where standard
    /// error is not a terminal.
    pub(crate) fn begin(accounts: Option<usize>, is_quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        bar.set_style(style("{spinner} {msg} ({elapsed})"));
        bar.set_message("connecting to AWS");
        let progress = Self { bar, counts_accounts: accounts.is_some() };
        if let Some(accounts) = accounts {
            progress.bar.set_length(length(accounts));
            progress.bar.set_style(style("{spinner} {wide_bar} {pos} of {len} accounts ({elapsed})"));
        }
        let later = progress.bar.clone();
        if !is_quiet {
            thread::spawn(move || {
                thread::sleep(A_MOMENT);
                if !later.is_finished() {
                    later.set_draw_target(ProgressDrawTarget::stderr());
                    later.enable_steady_tick(TICK);
                }
            });
        }
        progress
    }

    /// Says what the audit of a single account waits for.
    pub(crate) fn waits_for(&self, what: &'static str) {
        if !self.counts_accounts {
            self.bar.set_message(what);
        }
    }

    /// This many users of a single account are to be read.
    pub(crate) fn expect_users(&self, users: usize) {
        if !self.counts_accounts {
            self.bar.set_length(length(users));
            self.bar.set_style(style("{spinner} {wide_bar} {pos} of {len} users ({elapsed})"));
        }
    }

    /// One more user is read.
    pub(crate) fn user_read(&self) {
        if !self.counts_accounts {
            self.bar.inc(1);
        }
    }

    /// One more account is read.
    pub(crate) fn account_read(&self) {
        if self.counts_accounts {
            self.bar.inc(1);
        }
    }

    /// Does something that must not mix with the bar.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Ends the waiting.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
