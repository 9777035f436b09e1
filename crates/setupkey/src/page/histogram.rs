//! How far apart users and keys were created: shows whether the setup window is right.

use maud::{Markup, html};
use setupkey_rule::parameters::MAX_SETUP_WINDOW_SECONDS;

use super::axis::{Across, ElapsedAxis};
use super::distances::{Bar, Distances};
use super::patterns;
use super::text::{count, counted, duration, ratio};

/// Pixels from the top: where the bars stand, and how high the highest is.
const BASE: f64 = 196.0;
const HIGHEST: f64 = 150.0;
/// The width of a character of a label.
const CHARACTER: f64 = 7.0;
/// A bar that stands for anything is seen.
const LOWEST: f64 = 3.0;

/// The section.
pub(super) fn section(distances: &Distances) -> Markup {
    let bars = distances.bars();
    html! {
        section id="window" aria-labelledby="window-heading" {
            h2 id="window-heading" { "Is the setup window right?" }
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
    let are = |number: usize| if number == 1 { "is" } else { "are" };
    let window = duration(distances.window);
    html! {
        @if distances.within + distances.beyond == 0 {
            "There is no access key whose age is known."
        } @else {
            (keys(distances.within)) " " (are(distances.within)) " within the setup window of " (window)
            @if let Some(last) = distances.last_within { "; the farthest was created " (duration(last)) " from its user" }
            ". " (keys(distances.beyond)) " " (are(distances.beyond)) " outside it"
            @if let Some(first) = distances.first_beyond { "; the nearest was created " (duration(first)) " from its user" }
            "."
        }
        @if let (Some(last), Some(first)) = (distances.last_within, distances.first_beyond) {
            " " b { "Every window from " (seconds(last)) " to " (seconds(widest(first))) " finds the same keys." }
        }
        @if distances.before > 0 {
            " " (keys(distances.before)) " " (are(distances.before)) " older than the user: the distance counts."
        }
        @if distances.of_report > 0 {
            " For " (keys(distances.of_report)) ", " code { "last_rotated" } " of the credential report stands for the \
             creation date."
        }
        @if distances.unknown > 0 {
            " The age of " (keys(distances.unknown)) " is unknown."
        }
        @if distances.undecided > 0 {
            " " (keys(distances.undecided)) " of users who were not read " (are(distances.undecided)) " left out."
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
            svg role="img" aria-label="Access keys by the distance between user and key" {
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
    let width = left.until(axis.edge_after(bar.up_to));
    let share = |keys: usize| HIGHEST * ratio(keys, most);
    let height = share(bar.keys).max(LOWEST);
    let flagged = if bar.flagged == 0 { 0.0 } else { share(bar.flagged).max(LOWEST).min(height) };
    let rect = |fill: &str, from: f64, height: f64| {
        html! {
            rect class="part" fill=(fill) x=(left) y=(pixels(BASE - from - height)) width=(width) height=(pixels(height)) {}
        }
    };
    let label = count(bar.keys);
    html! {
        g {
            title { (range(bar)) ": " (counted(bar.keys, "key", "keys")) ", " (count(bar.flagged)) " flagged" }
            @if height > flagged { (rect("url(#plain)", flagged, height - flagged)) }
            @if flagged > 0.0 { (rect("url(#flagged)", 0.0, flagged)) }
            @if let Some(class) = label_class(width, label.len()) {
                text class=(class) x=(left.middle(axis.edge_after(bar.up_to))) y=(pixels(BASE - height - 5.0)) { (label) }
            }
        }
    }
}

/// Where the label fits above its bar: on every screen, on wide ones, or nowhere.
fn label_class(width: Across, characters: usize) -> Option<&'static str> {
    const SCREENS: [(f64, &str); 3] = [(340.0, "count"), (690.0, "count small"), (1_090.0, "count wide")];
    let needed = CHARACTER * ratio(characters, 1);
    SCREENS.into_iter().find_map(|(screen, class)| (width.of(screen) >= needed).then_some(class))
}

fn pixels(length: f64) -> String {
    format!("{length:.1}")
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
            li { (patterns::swatch("url(#flagged)")) "flagged" }
            li { (patterns::swatch("url(#plain)")) "not flagged" }
            li { (patterns::swatch_of("wash")) "setup window" }
        }
    }
}

fn figures(bars: &[Bar]) -> Markup {
    html! {
        details {
            summary { "Show as a table" }
            table {
                thead { tr {
                    th scope="col" { "From user to key" }
                    th scope="col" class="number" { "Keys" }
                    th scope="col" class="number" { "Flagged" }
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
            "3 access keys are within the setup window of 60 s; the farthest was created 27 s from its user. 1 access \
             key is outside it; the nearest was created 38 min from its user. <b>Every window from 27 s to 2,279 s \
             finds the same keys.</b>"
        );
        assert!(said(60, &[0]).ends_with("created 0 s from its user. 0 access keys are outside it."));
        assert!(
            said(60, &[61]).starts_with("0 access keys are within the setup window of 60 s. 1 access key is")
        );
        assert_eq!(said(60, &[]), "There is no access key whose age is known.");
    }

    /// A user whose tags could not be read was drawn as flagged, and the histogram counted more keys than the verdict.
    #[test]
    fn keys_of_a_user_without_a_verdict_are_left_out() {
        let mut unread = user("anitha", &[0, 1]);
        unread.compliance_type = None;
        let mut distances = Distances::from_window(60);

        distances.add(&unread);
        distances.add(&user("brandon", &[17]));

        assert_eq!(distances.bars().iter().map(|bar| (bar.keys, bar.flagged)).collect::<Vec<_>>(), [(1, 1)]);
        assert!(
            in_words(&distances)
                .into_string()
                .ends_with(" 2 access keys of users who were not read are left out.")
        );
    }

    #[test]
    fn labels_are_only_where_they_fit() {
        let axis = ElapsedAxis::reaching(400_000_000);
        let width = |from, to| axis.edge_after(from).until(axis.edge_after(to));

        assert_eq!(label_class(width(2_592_000, 31_536_000), 1), Some("count"));
        assert_eq!(label_class(width(0, 1), 3), Some("count wide"));
        assert_eq!(label_class(width(0, 1), 7), None);
    }
}
