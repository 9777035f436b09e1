//! Tables that become cards on a phone. Their roles are in the markup, since `display` takes them away, and each cell
//! has the name of its column.

use maud::{Markup, html};

/// The head: the name of each column, and its class if it has one: `number`, or `main` if cards can be sorted by it.
pub(super) fn head<'a>(columns: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Markup {
    html! {
        thead role="rowgroup" { tr role="row" {
            @for (name, class) in columns {
                th scope="col" role="columnheader" class=[class] { (name) }
            }
        } }
    }
}

/// A cell of this column.
pub(super) fn cell(column: &str, content: &Markup) -> Markup {
    html! { td role="cell" data-label=(column) { (content) } }
}

/// A cell of this column, with a number.
pub(super) fn number(column: &str, content: &Markup) -> Markup {
    html! { td role="cell" class="number" data-label=(column) { (content) } }
}
