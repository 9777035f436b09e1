//! The fills and marks that drawings share. What matters is told apart by hatch and shape, not by color alone.

use maud::{Markup, html};

/// Their definitions, once on the page.
pub(super) fn definitions() -> Markup {
    html! {
        svg class="defs" aria-hidden="true" {
            pattern id="flagged" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                rect class="flag-fill" width="7" height="7" {}
                rect class="paper-fill" width="1.6" height="7" {}
            }
            pattern id="plain" width="8" height="8" patternUnits="userSpaceOnUse" {
                rect class="mark-fill" width="8" height="8" {}
            }
            pattern id="exempt" width="6" height="6" patternUnits="userSpaceOnUse" {
                rect class="paper-fill" width="6" height="6" {}
                rect class="ink-fill" width="2" height="6" {}
            }
            pattern id="unread" width="6" height="6" patternUnits="userSpaceOnUse" {
                rect class="paper-fill" width="6" height="6" {}
                circle class="ink-fill" cx="3" cy="3" r="1.4" {}
            }
            // a password, the end of a use, a flagged key
            path id="p" d="M0-4.5 4.5 0 0 4.5-4.5 0z" {}
            path id="u" d="M0-4V4" stroke-width="2" {}
            path id="t" d="M0-6 5.5 4.5H-5.5z" {}
        }
    }
}

/// A sample of a fill, for a legend.
pub(super) fn swatch(fill: &str) -> Markup {
    html! { svg class="swatch" aria-hidden="true" { rect class="part" fill=(fill) width="100%" height="100%" {} } }
}

/// A sample of what has this class, for a legend.
pub(super) fn swatch_of(class: &str) -> Markup {
    html! { svg class="swatch" aria-hidden="true" { rect class=(class) width="100%" height="100%" {} } }
}
