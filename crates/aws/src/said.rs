//! What an error of the SDK says, in words and in one line. The SDK's own long form prints its data structures.

use std::error::Error;

use aws_sdk_iam::error::ErrorMetadata;

/// Layers of the SDK that only say that the layer below has failed.
const SAYS_NOTHING: [&str; 14] = [
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
    "user error",
];

/// Joins what each layer of the error adds, the outermost first.
pub(crate) fn said(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut layer = Some(error);
    while let Some(error) = layer {
        let text = text(error).split_whitespace().collect::<Vec<_>>().join(" ");
        // some layers repeat the one below
        let is_new = !parts.iter().any(|part| part.contains(&text));
        // with the code in brackets, which the layer below says, too
        let is_unhandled = text.starts_with("unhandled error");
        if is_new && !is_unhandled && !SAYS_NOTHING.contains(&text.as_str()) {
            parts.push(text);
        }
        layer = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

/// What a layer says. What a service answered is shown by the SDK as a data structure.
fn text(error: &(dyn Error + 'static)) -> String {
    let answered = error.downcast_ref::<ErrorMetadata>();
    match answered.and_then(|answered| answered.code().zip(answered.message())) {
        Some((code, message)) => format!("{code}: {message}"),
        None => error.to_string(),
    }
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
            (&["unhandled error (AccessDenied)", "AccessDenied: no"][..], "AccessDenied: no"),
        ] {
            assert_eq!(said(&layers(texts)), expected);
        }
    }

    #[test]
    fn answer_of_a_service_is_quoted_in_words() {
        let answered = ErrorMetadata::builder().code("AccessDenied").message("Not authorized").build();
        assert_eq!(said(&answered), "AccessDenied: Not authorized");
    }
}
