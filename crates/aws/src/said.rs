//! What an error of the SDK says, in words and in one line. The SDK's own long form prints its data structures.

use std::error::Error;

/// Layers of the SDK that only say that the layer below has failed.
const SAYS_NOTHING: [&str; 15] = [
    "an error occurred while loading credentials",
    "an i/o error occurred",
    "client error (Connect)",
    "client error (SendRequest)",
    "connection error",
    "dispatch failure",
    "failed to construct request",
    "io error",
    "other",
    "service error",
    "the credential provider was not enabled",
    "the credentials provider was not properly configured",
    "unexpected credentials error",
    "unhandled error",
    "user error",
];

/// Joins what each layer of the error adds, the outermost first.
pub(crate) fn said(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut layer = Some(error);
    while let Some(error) = layer {
        let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        // some layers repeat the one below
        let is_new = !parts.iter().any(|part| part.contains(&text));
        if is_new && !SAYS_NOTHING.contains(&text.as_str()) {
            parts.push(text);
        }
        layer = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Self>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_ref().map(|layer| layer.as_ref() as &(dyn Error + 'static))
        }
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let mut texts = texts.iter().rev();
        let innermost = Layer(texts.next().unwrap(), None);
        texts.fold(innermost, |below, text| Layer(text, Some(Box::new(below))))
    }

    #[test]
    fn each_layer_is_quoted_once_and_empty_layers_are_left_out() {
        for (texts, expected) in [
            (&["dispatch failure", "io error", "dns error", "no such host"][..], "dns error: no such host"),
            (&["failed: no such host", "no such host"][..], "failed: no such host"),
            (&["dispatch failure", "other"][..], "dispatch failure"),
        ] {
            assert_eq!(said(&layers(texts)), expected);
        }
    }
}
