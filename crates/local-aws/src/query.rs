//! The AWS Query protocol: a form comes in, XML goes out. IAM, STS and SNS speak it; what they say is in
//! their own files.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::escape::escape;
use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::http::Reply;
use crate::service::Service;

/// What an operation answers.
pub(crate) type Answer = Result<Vec<Element>, ServiceError>;

/// An element of an answer.
pub(crate) struct Element {
    name: &'static str,
    content: Content,
}

enum Content {
    Text(String),
    Elements(Vec<Element>),
}

pub(crate) fn leaf(name: &'static str, text: impl Into<String>) -> Element {
    Element { name, content: Content::Text(text.into()) }
}

pub(crate) fn node(name: &'static str, elements: Vec<Element>) -> Element {
    Element { name, content: Content::Elements(elements) }
}

/// A time as IAM writes it: ISO 8601, whole seconds, Z.
pub(crate) fn date(name: &'static str, date: DateTime<Utc>) -> Element {
    leaf(name, date.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// The parameters of a form.
pub(crate) fn parameters(form: &str) -> Result<Value, ServiceError> {
    let mut parameters = Map::new();
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text| {
            decode(text).ok_or_else(|| {
                ServiceError::new(400, "MalformedQueryString", format!("`{text}` is not a form's text"))
            })
        };
        parameters.insert(decoded(name)?, Value::String(decoded(value)?));
    }
    Ok(Value::Object(parameters))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// A parameter, if it was sent.
pub(crate) fn text<'a>(parameters: &'a Value, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(Value::as_str)
}

fn namespace(service: Service) -> &'static str {
    match service {
        Service::Sns => "http://sns.amazonaws.com/doc/2010-03-31/",
        Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        Service::Iam | Service::Config | Service::CloudTrail => "https://iam.amazonaws.com/doc/2010-05-08/",
    }
}

/// A successful answer. An operation that has nothing to say has no result element.
pub(crate) fn reply(service: Service, operation: &str, result: &[Element], request_id: &str) -> Reply {
    let mut body = format!(r#"<{operation}Response xmlns="{}">"#, namespace(service));
    if !result.is_empty() {
        let _ = write!(body, "<{operation}Result>");
        result.iter().for_each(|element| write_element(&mut body, element));
        let _ = write!(body, "</{operation}Result>");
    }
    let _ = write!(
        body,
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    );
    xml(200, body, request_id)
}

/// An error.
pub(crate) fn error(service: Service, error: &ServiceError, request_id: &str) -> Reply {
    let blame = if error.status < 500 { "Sender" } else { "Receiver" };
    let elements = vec![leaf("Type", blame), leaf("Code", &error.code), leaf("Message", &error.message)];
    let mut body = format!(r#"<ErrorResponse xmlns="{}">"#, namespace(service));
    write_element(&mut body, &node("Error", elements));
    let _ = write!(body, "<RequestId>{request_id}</RequestId></ErrorResponse>");
    xml(error.status, body, request_id)
}

fn xml(status: u16, body: String, request_id: &str) -> Reply {
    let headers = vec![("content-type", "text/xml".to_owned()), ("x-amzn-requestid", request_id.to_owned())];
    Reply { status, headers, body, is_cut: false }
}

/// The elements as members of an object.
pub(crate) fn in_json(elements: &[Element]) -> Value {
    let member = |element: &Element| {
        let value = match &element.content {
            Content::Text(text) => Value::from(text.as_str()),
            Content::Elements(elements) => in_json(elements),
        };
        (element.name.to_owned(), value)
    };
    Value::Object(elements.iter().map(member).collect())
}

fn write_element(body: &mut String, element: &Element) {
    let name = element.name;
    let _ = write!(body, "<{name}>");
    match &element.content {
        Content::Text(text) => body.push_str(&escape(text.as_str())),
        Content::Elements(elements) => elements.iter().for_each(|element| write_element(body, element)),
    }
    let _ = write!(body, "</{name}>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let parameters = parameters("Action=GetUser&UserName=a%2Bb+c%C3%A9&Empty=").expect("a form");
        assert_eq!(text(&parameters, "UserName"), Some("a+b cé"));
        assert_eq!(text(&parameters, "Empty"), Some(""));
        assert_eq!(text(&parameters, "Marker"), None);
        assert!(super::parameters("UserName=%zz").is_err());
        assert!(super::parameters("UserName=%ff").is_err());
    }

    #[test]
    fn text_is_escaped() {
        let reply = reply(Service::Iam, "GetUser", &[leaf("Value", "<a & b>")], "1");
        assert!(reply.body.contains("<Value>&lt;a &amp; b&gt;</Value>"), "{}", reply.body);
    }
}
