//! JSON into a tree. A key that is there twice is an error: readers disagree on which one counts.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::node::{Map, Node, Position, TemplateError, Value};

/// Reads one document.
///
/// # Errors
/// What is no JSON; a key twice; nesting of more than about 120, the limit of the parser.
pub(super) fn parse(text: &str) -> Result<Node, TemplateError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let root = Tree.deserialize(&mut deserializer).and_then(|root| deserializer.end().map(|()| root));
    root.map_err(|error| {
        let at = (error.line() > 0).then(|| Position { line: error.line(), column: error.column() });
        let message = error.to_string();
        // the position is said by whoever shows the error
        let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
        TemplateError::at(at, reason.replacen("EOF", "end of file", 1))
    })
}

struct Tree;

impl<'de> DeserializeSeed<'de> for Tree {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(node(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(text(&value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(text(&value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(text(&value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(text(&value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(node(Value::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is there twice")));
            }
            map.insert(key, entries.next_value_seed(Self)?);
        }
        Ok(node(Value::Map(map)))
    }
}

fn node(value: Value) -> Node {
    Node { at: None, value }
}

fn text(value: &(impl ToString + ?Sized)) -> Node {
    node(Value::Text(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> (Option<(usize, usize)>, String) {
        let error = parse(text).unwrap_err();
        (error.at.map(|at| (at.line, at.column)), error.reason)
    }

    #[test]
    fn every_scalar_but_null_is_text() {
        let root = parse(r#"{"a": [true, 1, -2, 1.5, "\u00e9", null]}"#).unwrap();

        let items = root.get("a").unwrap().list().unwrap();
        let texts: Vec<_> = items.iter().map(Node::text).collect();
        assert_eq!(texts, [Some("true"), Some("1"), Some("-2"), Some("1.5"), Some("é"), None]);
    }

    #[test]
    fn what_is_no_document_is_an_error_with_its_place() {
        assert_eq!(
            error("{\"a\": 1,\n \"a\": 2}"),
            (Some((2, 4)), String::from("the key `a` is there twice"))
        );
        assert_eq!(error("{\"a\": 1,\n oops}"), (Some((2, 2)), String::from("key must be a string")));
        assert_eq!(error("{} {}"), (Some((1, 4)), String::from("trailing characters")));
        assert_eq!(error(&"[".repeat(1_000_000)).1, "recursion limit exceeded");
        assert_eq!(error("").1, "end of file while parsing a value");
    }
}
