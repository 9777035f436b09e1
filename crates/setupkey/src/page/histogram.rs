//! How long after their users keys were made: shows where a setup window should lie.

use maud::{Markup, html};
use setupkey_rule::parameters::MAX_SETUP_WINDOW_SECONDS;

use super::axis::{Across, ElapsedAxis};
use super::text::{count, counted, duration};
use crate::audit::model::Audit;

/// Pixels from the top: where the bars stand, and how high the highest is.
const BASE: f64 = 196.0;
const HIGHEST: f64 = 150.0;
/// A bar that stands for anything is seen.
const LOWEST: f64 = 3.0;

/// Keys made more than `after` and up to `up_to` seconds from their user.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bar {
    after: Option<u64>,
    up_to: u64,
    keys: usize,
    flagged: usize,
}

/// The distance of every key from its user, in seconds, sorted, and whether the key is flagged.
#[derive(Debug)]
struct Distances {
    window: u64,
    keys: Vec<(u64, bool)>,
    before: usize,
    of_report: usize,
    unknown: usize,
}

impl Distances {
    fn of(audit: &Audit) -> Self {
        let window = u64::try_from(audit.parameters.setup_window.num_seconds()).unwrap_or_default();
        let mut distances = Self { window, keys: Vec::new(), before: 0, of_report: 0, unknown: 0 };
        for user in audit.accounts.iter().flat_map(|account| &account.users) {
            for key in user.keys.iter().flatten() {
                let Some(made) = key.create_date.or(key.last_rotated) else {
                    distances.unknown += 1;
                    continue;
                };
                let seconds = (made - user.create_date).num_seconds();
                distances.before += usize::from(seconds < 0);
                distances.of_report += usize::from(key.create_date.is_none());
                distances.keys.push((seconds.unsigned_abs(), key.is_flagged()));
            }
        }
        distances.keys.sort_unstable();
        distances
    }

    /// The longest distance in the window, and the shortest beyond.
    fn gap(&self) -> (Option<u64>, Option<u64>) {
        let within = self.keys.iter().take_while(|(seconds, _)| *seconds <= self.window).last();
        let beyond = self.keys.iter().find(|(seconds, _)| *seconds > self.window);
        (within.map(|(seconds, _)| *seconds), beyond.map(|(seconds, _)| *seconds))
    }

    /// The bars from 0 to the end of the axis; the window always ends at the edge of one.
    fn bars(&self, axis: ElapsedAxis) -> Vec<Bar> {
        let mut edges: Vec<u64> = ElapsedAxis::EDGES
            .into_iter()
            .chain([self.window, axis.end()])
            .filter(|edge| *edge <= axis.end())
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let mut after = None;
        let mut rest = self.keys.as_slice();
        let mut bars = Vec::with_capacity(edges.len());
        for up_to in edges {
            let (these, others) = rest.split_at(rest.partition_point(|(seconds, _)| *seconds <= up_to));
            let flagged = these.iter().filter(|(_, flagged)| *flagged).count();
            bars.push(Bar { after, up_to, keys: these.len(), flagged });
            (after, rest) = (Some(up_to), others);
        }
        bars
    }
}

/// The section.
pub(super) fn section(audit: &Audit) -> Markup {
    let distances = Distances::of(audit);
    let longest = distances.keys.last().map_or(0, |(seconds, _)| *seconds);
    let axis = ElapsedAxis::reaching(longest.max(distances.window));
    let bars = distances.bars(axis);
    html! {
        section id="window" aria-labelledby="window-heading" {
            h2 id="window-heading" { "Where the setup window lies" }
            p { (in_words(&distances)) }
            @if !distances.keys.is_empty() {
                (drawing(&distances, axis, &bars))
                (legend())
                (figures(&bars))
            }
        }
    }
}

fn in_words(distances: &Distances) -> Markup {
    let keys = |number| counted(number, "access key", "access keys");
    let within = distances.keys.iter().filter(|(seconds, _)| *seconds <= distances.window).count();
    let beyond = distances.keys.len() - within;
    html! {
        @match distances.gap() {
            (None, None) => "There is no access key whose age is known.",
            (Some(longest), None) => {
                (keys(within)) " within the setup window of " (duration(distances.window)) ", the last of them "
                (duration(longest)) " from the user; none beyond."
            },
            (None, Some(shortest)) => {
                "No access key within the setup window of " (duration(distances.window)) "; " (keys(beyond))
                " beyond, the first of them " (duration(shortest)) " from the user."
            },
            (Some(longest), Some(shortest)) => {
                (keys(within)) " within the setup window of " (duration(distances.window)) ", the last of them "
                (duration(longest)) " from the user; " (keys(beyond)) " beyond, the first of them "
                (duration(shortest)) " from the user. "
                b { "Every window from " (seconds(longest)) " to " (seconds(widest(shortest))) " finds the same keys." }
            },
        }
        @if distances.before > 0 {
            " Of all, " (count(distances.before)) " were made before the user; the distance counts."
        }
        @if distances.of_report > 0 {
            " For " (keys(distances.of_report)) " the credential report's " code { "last_rotated" } " stands for the \
             time of creation."
        }
        @if distances.unknown > 0 {
            " Of " (keys(distances.unknown)) " the age is not known."
        }
    }
}

/// The widest window that does not reach this far, and that the rule takes.
fn widest(shortest: u64) -> u64 {
    shortest.saturating_sub(1).min(MAX_SETUP_WINDOW_SECONDS.into())
}

fn seconds(seconds: u64) -> String {
    format!("{} s", count(usize::try_from(seconds).unwrap_or(usize::MAX)))
}

fn drawing(distances: &Distances, axis: ElapsedAxis, bars: &[Bar]) -> Markup {
    let edge = axis.edge_after(distances.window);
    let most = bars.iter().map(|bar| bar.keys).max().unwrap_or(1).max(1);
    html! {
        figure class="plot" {
            svg role="img" aria-label="Access keys by the time between user and key" {
                rect class="wash" x="0" y="22" width=(edge) height=(BASE - 22.0) {}
                @for (at, label, main) in axis.ticks() {
                    line class="grid" x1=(at) x2=(at) y1="22" y2=(BASE + 5.0) {}
                    text class=(if main { "tick" } else { "tick small" }) x=(at) y=(BASE + 20.0) { (label) }
                }
                @for bar in bars.iter().filter(|bar| bar.keys > 0) { (drawn(bar, axis, most)) }
                line class="base" x1="0" x2="100%" y1=(BASE) y2=(BASE) {}
                line class="edge" x1=(edge) x2=(edge) y1="6" y2=(BASE) {}
                text class="window first" x=(edge) y="15" dx="7" { "setup window: " (duration(distances.window)) }
                text class="last" x="100%" y=(BASE + 36.0) { "from user to key, logarithmic" }
            }
        }
    }
}

fn drawn(bar: &Bar, axis: ElapsedAxis, most: usize) -> Markup {
    let left = bar.after.map_or_else(|| axis.start(), |after| axis.edge_after(after));
    let right = axis.edge_after(bar.up_to);
    let share = |keys: usize| HIGHEST * ratio(keys, most);
    let height = share(bar.keys).max(LOWEST);
    let flagged = if bar.flagged == 0 { 0.0 } else { share(bar.flagged).max(LOWEST).min(height) };
    let rect = |class: &str, from: f64, height: f64| {
        html! {
            rect class=(class) x=(left) y=(pixels(BASE - from - height)) width=(left.until(right)) height=(pixels(height)) {}
        }
    };
    let middle: Across = left.middle(right);
    html! {
        g {
            title { (range(bar)) ": " (counted(bar.keys, "key", "keys")) ", " (count(bar.flagged)) " flagged" }
            @if height > flagged { (rect("bar", flagged, height - flagged)) }
            @if flagged > 0.0 { (rect("bar flagged", 0.0, flagged)) }
            text class="count" x=(middle) y=(pixels(BASE - height - 5.0)) { (count(bar.keys)) }
        }
    }
}

fn pixels(length: f64) -> String {
    format!("{length:.1}")
}

#[expect(clippy::cast_precision_loss, reason = "counts of keys, drawn to a tenth of a pixel")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn range(bar: &Bar) -> String {
    match bar.after {
        None => duration(bar.up_to),
        Some(after) if after + 1 == bar.up_to => duration(bar.up_to),
        Some(after) => format!("over {} to {}", duration(after), duration(bar.up_to)),
    }
}

fn legend() -> Markup {
    html! {
        ul class="legend" {
            li { svg class="swatch" aria-hidden="true" { rect class="bar flagged" width="100%" height="100%" {} } "flagged" }
            li { svg class="swatch" aria-hidden="true" { rect class="bar" width="100%" height="100%" {} } "other keys" }
            li { svg class="swatch" aria-hidden="true" { rect class="wash" width="100%" height="100%" {} } "setup window" }
        }
    }
}

fn figures(bars: &[Bar]) -> Markup {
    html! {
        details {
            summary { "The same in figures" }
            table {
                thead { tr {
                    th scope="col" { "From user to key" }
                    th scope="col" class="number" { "Keys" }
                    th scope="col" class="number" { "Flagged" }
                } }
                tbody {
                    @for bar in bars.iter().filter(|bar| bar.keys > 0) {
                        tr {
                            th scope="row" { (range(bar)) }
                            td class="number" { (count(bar.keys)) }
                            td class="number" { (count(bar.flagged)) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distances(window: u64, seconds: &[u64]) -> Distances {
        let keys = seconds.iter().map(|seconds| (*seconds, *seconds <= window)).collect();
        Distances { window, keys, before: 0, of_report: 0, unknown: 0 }
    }

    #[test]
    fn every_key_is_in_one_bar() {
        let seconds = [0, 0, 1, 17, 27, 45, 60, 61, 2_280, 400_000_000, 900_000_000];
        let distances = distances(45, &seconds);

        let bars = distances.bars(ElapsedAxis::reaching(900_000_000));

        assert_eq!(bars.iter().map(|bar| bar.keys).sum::<usize>(), seconds.len());
        assert!(bars.windows(2).all(|pair| pair[1].after == Some(pair[0].up_to)));
        let within: usize = bars.iter().filter(|bar| bar.up_to <= 45).map(|bar| bar.keys).sum();
        assert_eq!(within, 6, "no bar lies across the end of the window");
        assert!(bars.iter().all(|bar| bar.flagged == if bar.up_to <= 45 { bar.keys } else { 0 }));
    }

    #[test]
    fn windows_that_find_the_same_keys_are_named() {
        let said = |window, seconds: &[u64]| in_words(&distances(window, seconds)).into_string();

        assert_eq!(
            said(60, &[0, 17, 27, 2_280]),
            "3 access keys within the setup window of 60 s, the last of them 27 s from the user; 1 access key \
             beyond, the first of them 38 min from the user. <b>Every window from 27 s to 2,279 s finds the \
             same keys.</b>"
        );
        assert!(said(60, &[0]).ends_with("0 s from the user; none beyond."));
        assert!(said(60, &[61]).starts_with("No access key within the setup window of 60 s;"));
        assert_eq!(said(60, &[]), "There is no access key whose age is known.");
    }
}
