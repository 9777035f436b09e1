//! A bare client for this crate's own tests: signed requests over a socket, and what came back.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::LocalAws;
use crate::state::State;

/// An answer; a status of 0 says that the connection was closed without one.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    /// The text of the first such element.
    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
    }
}

pub(crate) async fn start(state: &str) -> LocalAws {
    LocalAws::start(State::parse(state).expect("a good state")).await.expect("local AWS starts")
}

pub(crate) async fn send(address: &str, request: &str) -> Answer {
    let address = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("local AWS listens");
    stream.write_all(request.as_bytes()).await.expect("the request is taken");
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_lowercase(), body: body.to_owned() }
}

pub(crate) fn request(line: &str, headers: &str, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: local\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn signed(service: &str) -> String {
    signed_with("AKID", service)
}

fn signed_with(access_key_id: &str, service: &str) -> String {
    format!(
        "authorization: AWS4-HMAC-SHA256 Credential={access_key_id}/20240101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00\r\n"
    )
}

/// A Query call; the form without action and version.
pub(crate) async fn query(aws: &LocalAws, service: &str, action: &str, form: &str) -> Answer {
    query_as(aws, "AKID", service, action, form).await
}

/// The same, signed with this access key.
pub(crate) async fn query_as(aws: &LocalAws, key: &str, service: &str, action: &str, form: &str) -> Answer {
    let version = match service {
        "sns" => "2010-03-31",
        "sts" => "2011-06-15",
        _ => "2010-05-08",
    };
    let body = format!("Action={action}&Version={version}&{form}");
    let headers = format!("{}content-type: application/x-www-form-urlencoded\r\n", signed_with(key, service));
    send(&aws.endpoint_url(), &request("POST /", &headers, &body)).await
}

pub(crate) async fn config(aws: &LocalAws, operation: &str, body: &Value) -> Answer {
    let headers = format!(
        "{}content-type: application/x-amz-json-1.1\r\nx-amz-target: StarlingDoveService.{operation}\r\n",
        signed("config")
    );
    send(&aws.endpoint_url(), &request("POST /", &headers, &body.to_string())).await
}
