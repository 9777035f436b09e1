//! How long after their users keys were made: shows where a setup window should lie.

use maud::{Markup, html};
use setupkey_rule::parameters::MAX_SETUP_WINDOW_SECONDS;

use super::axis::{Across, ElapsedAxis};
use super::distances::{Bar, Distances};
use super::text::{count, counted, duration};

/// Pixels from the top: where the bars stand, and how high the highest is.
const BASE: f64 = 196.0;
const HIGHEST: f64 = 150.0;
/// A bar that stands for anything is seen.
const LOWEST: f64 = 3.0;

/// The section.
pub(super) fn section(distances: &Distances) -> Markup {
    let bars = distances.bars();
    html! {
        section id="window" aria-labelledby="window-heading" {
            h2 id="window-heading" { "Where the setup window lies" }
            p { (in_words(distances)) }
            @if !bars.is_empty() {
                (drawing(distances, &bars))
                (legend())
                (figures(&bars))
            }
        }
    }
}

fn in_words(distances: &Distances) -> Markup {
    let keys = |number| counted(number, "access key", "access keys");
    let window = duration(distances.window);
    html! {
        @match (distances.last_within, distances.first_beyond) {
            (None, None) => "There is no access key whose age is known.",
            (Some(last), None) => {
                (keys(distances.within)) " within the setup window of " (window) ", the last of them "
                (duration(last)) " from the user; none beyond."
            },
            (None, Some(first)) => {
                "No access key within the setup window of " (window) "; " (keys(distances.beyond))
                " beyond, the first of them " (duration(first)) " from the user."
            },
            (Some(last), Some(first)) => {
                (keys(distances.within)) " within the setup window of " (window) ", the last of them "
                (duration(last)) " from the user; " (keys(distances.beyond)) " beyond, the first of them "
                (duration(first)) " from the user. "
                b { "Every window from " (seconds(last)) " to " (seconds(widest(first))) " finds the same keys." }
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

fn drawing(distances: &Distances, bars: &[Bar]) -> Markup {
    let axis = distances.axis();
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
                @for bar in bars { (drawn(bar, axis, most)) }
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
            title { (range(bar)) ": " (counted(bar.keys, "key", "keys")) ", " (count(bar.flagged)) " meet the criterion" }
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
            li { svg class="swatch" aria-hidden="true" { rect class="bar flagged" width="100%" height="100%" {} } "meets the criterion" }
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
                    th scope="col" class="number" { "Meet the criterion" }
                } }
                tbody {
                    @for bar in bars {
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

    use crate::page::tests::user;

    #[test]
    fn windows_that_find_the_same_keys_are_named() {
        let said = |window, seconds: &[i64]| {
            let mut distances = Distances::from_window(window);
            distances.add(&user("anitha", seconds));
            in_words(&distances).into_string()
        };

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
