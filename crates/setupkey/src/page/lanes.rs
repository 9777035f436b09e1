//! A lane per user: what happened to the user's password and keys, on two axes of time. Users who matter come first.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use setupkey_rule::iam::{AccessKeyStatus, LastUsed};

use super::axis::{Across, CalendarAxis, ElapsedAxis};
use super::text::{account_id, counted, isolated};
use super::verdict::Verdict;
use super::{Page, pages, patterns, story};
use crate::audit::model::{Account, Audit, Key, User};

/// Pixels from the top of a lane: the password, the first key, the last key.
const PASSWORD: usize = 10;
const FIRST_KEY: usize = 25;
const LAST_KEY: usize = 39;

/// More users than this and a browser takes seconds to lay them all out.
const MANY: usize = 500;

/// From when to when something happened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    /// The longest time from a user to anything that happened to the user, in seconds.
    longest: u64,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

impl Span {
    /// Adds what happened to a user.
    pub(super) fn add(&mut self, user: &User) {
        for time in events(user) {
            self.longest = self.longest.max((time - user.create_date).num_seconds().unsigned_abs());
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = self.last.max(Some(time));
        }
    }

    fn axes(self, audit: &Audit, window: u64) -> Axes {
        let (first, last) = (self.first.unwrap_or(audit.time), self.last.unwrap_or(audit.time));
        Axes {
            elapsed: ElapsedAxis::reaching(self.longest.max(window)),
            calendar: CalendarAxis::spanning(first.min(audit.time), last.max(audit.time)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Axes {
    elapsed: ElapsedAxis,
    calendar: CalendarAxis,
}

fn events(user: &User) -> impl Iterator<Item = DateTime<Utc>> {
    let keys = user.keys.iter().flatten().flat_map(|key| [created(key), used(key)]).flatten();
    let password = [password_created(user), user.password_last_used].into_iter().flatten();
    [user.create_date].into_iter().chain(password).chain(keys)
}

/// When a key was created, as far as a source says it.
fn created(key: &Key) -> Option<DateTime<Utc>> {
    key.create_date.or(key.last_rotated)
}

fn used(key: &Key) -> Option<DateTime<Utc>> {
    match key.last_used {
        Some(LastUsed::At(time)) => Some(time),
        Some(LastUsed::Never) | None => None,
    }
}

fn password_created(user: &User) -> Option<DateTime<Utc>> {
    user.password_created.or(user.password_last_changed)
}

/// The section.
pub(super) fn section(page: &Page, audit: &Audit) -> Markup {
    let window = page.distances.window;
    let axes = page.span.axes(audit, window);
    let mut users: Vec<(Verdict, Option<&Account>, &User)> = page
        .users()
        .map(|(_, account, user)| (Verdict::of(user), page.has_several_accounts().then_some(account), user))
        .collect();
    users.sort_by_key(|(verdict, ..)| *verdict);
    html! {
        section id="lanes" aria-labelledby="lanes-heading" {
            h2 id="lanes-heading" { "Users over time" }
            p {
                "Each user is drawn twice: by the time since the user was created, on a logarithmic axis that shows \
                 seconds and years side by side, and by the calendar."
            }
            p class="note paper" { "On paper, only users who are flagged, exempt or not read are drawn." }
            (legend())
            (definitions(axes, window))
            div class="controls" hidden {
                label {
                    span class="unseen" { "Filter the users by user or account" }
                    input type="search" placeholder="User or account" autocomplete="off" spellcheck="false";
                }
                label {
                    span class="unseen" { "Show users who are" }
                    select {
                        option value="" { "all users" }
                        @for verdict in Verdict::ALL {
                            @if users.iter().any(|(of_user, ..)| *of_user == verdict) { option { (verdict.in_words()) } }
                        }
                    }
                }
                output aria-live="polite" {}
            }
            div class=(if page.has_several_accounts() { "several" } else { "one" }) {
                (axis(axes))
                ul class=(if users.len() > MANY { "lanes many" } else { "lanes" }) {
                    @for (verdict, account, user) in &users { (lane(*verdict, *account, user, axes)) }
                }
            }
            (pages("users"))
            @if page.without_lane > 0 {
                p class="note" {
                    (counted(page.without_lane, "user who is", "users who are")) " compliant or out of scope are not drawn; \
                     the figures and the histogram include them."
                }
            }
        }
    }
}

fn legend() -> Markup {
    let mark = |href: &str, class: &str| html! { svg aria-hidden="true" { use href=(href) class=(class) x="50%" y="8" {} } };
    let dot =
        |class: &str| html! { svg aria-hidden="true" { circle class=(class) cx="50%" cy="8" r="4" {} } };
    html! {
        ul class="legend" {
            li { svg aria-hidden="true" { line class="user" x1="50%" x2="50%" y1="0" y2="16" {} } "user created" }
            li { (mark("#p", "mark")) "password created or changed" }
            li { (mark("#t", "mark f")) "flagged key created" }
            li { (dot("mark")) "other key created" }
            li { (dot("mark i")) "hollow: inactive" }
            li { svg aria-hidden="true" { line class="d" x1="0" x2="90%" y1="8" y2="8" {} use href="#u" class="mark" x="90%" y="8" {} } "until last use" }
            li { (patterns::swatch_of("wash")) "setup window" }
        }
    }
}

/// What every lane draws again, defined once: the grids.
fn definitions(axes: Axes, window: u64) -> Markup {
    let edge = axes.elapsed.edge_after(window);
    html! {
        svg class="defs" aria-hidden="true" {
            g id="e" {
                rect class="wash" width=(edge) height="100%" {}
                line class="edge" x1=(edge) x2=(edge) y1="0" y2="100%" {}
                @for (at, ..) in axes.elapsed.ticks().filter(|(.., main)| *main) {
                    line class="grid" x1=(at) x2=(at) y1="0" y2="100%" {}
                }
                line class="user" x1=(axes.elapsed.at(0)) x2=(axes.elapsed.at(0)) y1="3" y2="45" {}
            }
            g id="c" {
                @for (at, _) in axes.calendar.ticks() { line class="grid" x1=(at) x2=(at) y1="0" y2="100%" {} }
            }
        }
    }
}

fn axis(axes: Axes) -> Markup {
    html! {
        div class="axis" aria-hidden="true" {
            span { "User" }
            svg {
                @for (at, label, _) in axes.elapsed.ticks().filter(|(.., main)| *main) {
                    text class="tick" x=(at) y="13" { (label) }
                }
            }
            svg { @for (at, year) in axes.calendar.ticks() { text class="tick" x=(at) y="13" { (year) } } }
        }
    }
}

fn lane(verdict: Verdict, account: Option<&Account>, user: &User, axes: Axes) -> Markup {
    let since = |time: DateTime<Utc>| axes.elapsed.at((time - user.create_date).num_seconds().unsigned_abs());
    let on = |time: DateTime<Utc>| axes.calendar.at(time);
    html! {
        li class="lane" data-verdict=(verdict.in_words()) {
            div class="what" {
                h3 { (isolated(user.user_name.as_str())) }
                p {
                    @if verdict == Verdict::Flagged { span class="flag" { "flagged" } } @else { (verdict.in_words()) }
                    @match account {
                        None => " \u{b7} created ",
                        Some(account) => { " \u{b7} " span class="of" { (isolated(account_id(account))) } " \u{b7} " }
                    }
                    (user.create_date.format("%Y-%m-%d"))
                }
            }
            svg role="img" {
                title { (story::in_words(user)) }
                use href="#e" {}
                (marks(user, since))
            }
            svg aria-hidden="true" {
                use href="#c" {}
                line class="user" x1=(on(user.create_date)) x2=(on(user.create_date)) y1="3" y2="45" {}
                (marks(user, on))
            }
        }
    }
}

/// The password and the keys of a user, each in a row: created, used until.
fn marks(user: &User, place: impl Fn(DateTime<Utc>) -> Across) -> Markup {
    let keys = user.keys.as_deref().unwrap_or_default();
    let step = (LAST_KEY - FIRST_KEY) / keys.len().saturating_sub(1).max(1);
    let rows = (0..).map(|row| (FIRST_KEY + row * step).min(LAST_KEY));
    let until = |from: DateTime<Utc>, to: DateTime<Utc>, y: usize, flagged: bool| {
        let (class, mark) = if flagged { ("d f", "mark f") } else { ("d", "mark") };
        html! {
            line class=(class) x1=(place(from)) x2=(place(to)) y1=(y) y2=(y) {}
            use href="#u" class=(mark) x=(place(to)) y=(y) {}
        }
    };
    html! {
        @if let Some(created) = password_created(user) {
            @if let Some(used) = user.password_last_used { (until(created, used, PASSWORD, false)) }
            use href="#p" class="mark" x=(place(created)) y=(PASSWORD) {}
        }
        @for (key, y) in keys.iter().zip(rows) {
            @if let Some(created) = created(key) {
                @if let Some(used) = used(key) { (until(created, used, y, key.is_flagged())) }
                @if key.is_flagged() { use href="#t" class=(key_class(key)) x=(place(created)) y=(y) {} }
                @else { circle class=(key_class(key)) cx=(place(created)) cy=(y) r="4" {} }
            }
        }
    }
}

fn key_class(key: &Key) -> &'static str {
    let inactive = key.status.is_some_and(|status| status != AccessKeyStatus::Active);
    match (key.is_flagged(), inactive) {
        (true, true) => "mark f i",
        (true, false) => "mark f",
        (false, true) => "mark i",
        (false, false) => "mark",
    }
}
