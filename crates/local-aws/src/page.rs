//! Cutting a listing into pages, for every operation that lists. A marker names the last item handed
//! out, so a listing survives additions and deletions between its pages.

use crate::behaviour::Behaviour;

/// One page, and the marker of the next if there is more.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// The page after `marker` of at most `limit` items; `None` if there is no such marker.
///
/// A marker is `PAGES:KEY`: the pages handed out so far (for pages that are empty on request) and the key
/// of the last item.
pub(crate) fn page<T>(
    mut items: Vec<(String, T)>,
    marker: Option<&str>,
    limit: usize,
    operation: &str,
    behaviour: &Behaviour,
) -> Option<Page<T>> {
    items.sort_by(|a, b| a.0.cmp(&b.0));
    let (pages, last) = match marker {
        Some(marker) => {
            let (pages, last) = marker.split_once(':')?;
            (pages.parse::<usize>().ok()?, last)
        }
        None => (0, ""),
    };
    let next = |key: &str| Some(format!("{}:{key}", pages + 1));
    if behaviour.empty_pages.get(operation).is_some_and(|empty| pages < *empty) {
        return Some(Page { items: Vec::new(), next: next(last) });
    }
    let limit = behaviour.page_sizes.get(operation).map_or(limit, |size| limit.min(*size)).max(1);
    let start = items.partition_point(|(key, _)| key.as_str() <= last);
    let mut rest = items.split_off(start);
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).and_then(|(key, _)| next(key));
    Some(Page { items: rest.into_iter().map(|(_, item)| item).collect(), next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(behaviour: &Behaviour, limit: usize) -> Vec<Vec<char>> {
        let (mut pages, mut marker) = (Vec::new(), None);
        loop {
            let items = ['c', 'a', 'b'].map(|c| (c.to_string(), c)).to_vec();
            let page = page(items, marker.as_deref(), limit, "List", behaviour).expect("a good marker");
            pages.push(page.items);
            marker = page.next;
            if marker.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn a_listing_is_cut_into_pages() {
        let behaviour = Behaviour::default();
        assert_eq!(listing(&behaviour, 2), [vec!['a', 'b'], vec!['c']]);
        assert_eq!(listing(&behaviour, 3), [vec!['a', 'b', 'c']]);
        assert!(page::<char>(Vec::new(), Some("nonsense"), 1, "List", &behaviour).is_none());
    }

    #[test]
    fn pages_are_short_or_empty_on_request() {
        let mut behaviour = Behaviour::default();
        behaviour.page_sizes.insert("List".to_owned(), 1);
        behaviour.empty_pages.insert("List".to_owned(), 2);
        assert_eq!(listing(&behaviour, 100), [vec![], vec![], vec!['a'], vec!['b'], vec!['c']]);
    }
}
