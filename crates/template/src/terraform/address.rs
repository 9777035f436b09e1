//! Addresses (`module.team["a"].aws_iam_user.this[0]`) and references (`aws_iam_user.this[0].name`).

use std::fmt;

/// An index: `[0]` or `["a"]`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Index {
    Number(u64),
    Key(String),
}

/// One step of an address or a reference.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Step {
    Name(String),
    Index(Index),
}

impl Step {
    /// The name.
    pub(super) fn name(&self) -> Option<&str> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    /// The index.
    pub(super) fn index(&self) -> Option<&Index> {
        if let Self::Index(index) = self { Some(index) } else { None }
    }
}

/// The steps of an address or a reference; `None` if it is neither.
pub(super) fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if name.is_empty() || name.contains(['"', ']']) {
            return None;
        }
        steps.push(Step::Name(name.to_owned()));
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = index(inside)?;
            steps.push(Step::Index(index));
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        rest = rest.strip_prefix('.')?;
    }
}

/// An index and what comes after its bracket.
fn index(text: &str) -> Option<(Index, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (number, after) = text.split_once(']')?;
        return Some((Index::Number(number.parse().ok()?), after));
    };
    let mut key = String::new();
    let mut letters = quoted.chars();
    loop {
        match letters.next()? {
            '"' => return Some((Index::Key(key), letters.as_str().strip_prefix(']')?)),
            '\\' => key.push(match letters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }),
            other => key.push(other),
        }
    }
}

/// A module, with its index if it has one.
pub(super) type Module = (String, Option<Index>);

/// The address of one instance of a resource.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Address {
    pub(super) modules: Vec<Module>,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) index: Option<Index>,
    text: String,
}

impl Address {
    /// Reads the address of a managed resource; `None` if it is none, such as that of a data source.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let steps = steps(text)?;
        let (mut modules, mut steps) = (Vec::new(), steps.into_iter().peekable());
        loop {
            let kind = steps.next()?.name()?.to_owned();
            let name = steps.next()?.name()?.to_owned();
            let index = steps.next_if(|step| step.index().is_some()).and_then(|step| step.index().cloned());
            if kind != "module" {
                let is_resource = steps.next().is_none() && kind != "data";
                return is_resource.then(|| Self { modules, kind, name, index, text: text.to_owned() });
            }
            modules.push((name, index));
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_indices_are_told_from_names() {
        let address =
            Address::parse(r#"module.team["a.b]\"c"].module.inner[2].aws_iam_user.this["x"]"#).unwrap();

        let team = (String::from("team"), Some(Index::Key(String::from("a.b]\"c"))));
        assert_eq!(address.modules, [team, (String::from("inner"), Some(Index::Number(2)))]);
        assert_eq!((address.kind.as_str(), address.name.as_str()), ("aws_iam_user", "this"));
        assert_eq!(address.index, Some(Index::Key(String::from("x"))));
    }

    #[test]
    fn what_is_no_address_of_a_resource_is_none() {
        for text in [
            "",
            "a",
            "a.",
            ".a",
            "a[",
            "a.b[",
            "a.b[x]",
            "a.b[\"",
            "a.b[\"x\"",
            "data.a.b",
            "module.a",
            "a.b.c",
            "a]b",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
