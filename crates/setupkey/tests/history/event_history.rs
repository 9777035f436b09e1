//! The event history of an account, as far as `--live` asks for it: GetCallerIdentity of STS and LookupEvents of
//! CloudTrail on loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// A CloudTrail that listens until the test ends.
pub(crate) struct EventHistory {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    records: Vec<Value>,
    asked: Vec<Value>,
    fails_at: Option<usize>,
}

impl EventHistory {
    /// Starts with these records.
    pub(crate) fn start(records: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { records, ..State::default() }));
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { url, state }
    }

    /// Refuses LookupEvents after so many more calls.
    pub(crate) fn fail_after(&self, calls: Option<usize>) {
        let mut state = self.state.lock().unwrap();
        state.fails_at = calls.map(|calls| state.asked.len() + calls);
    }

    /// What LookupEvents was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Value> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut is_lookup, mut line) = (0, false, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let header = line.trim().to_lowercase();
            match header.split_once(':') {
                _ if header.is_empty() => break,
                Some(("content-length", value)) => length = value.trim().parse().unwrap(),
                Some(("x-amz-target", value)) => is_lookup = value.trim().ends_with(".lookupevents"),
                Some(("authorization", value)) if is_lookup => {
                    assert!(value.contains("/us-east-1/cloudtrail/"), "{value}")
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (status, kind, answer) = if is_lookup {
            let (status, answer) =
                look_up(&serde_json::from_slice(&body).unwrap(), &mut state.lock().unwrap());
            (status, "application/x-amz-json-1.1", answer.to_string())
        } else {
            let answer = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                <Arn>arn:aws:iam::111122223333:user/auditor</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>\
                </GetCallerIdentityResult></GetCallerIdentityResponse>";
            (200, "text/xml", answer.to_owned())
        };
        let length = answer.len();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
        if (&*stream).write_all(format!("{head}{answer}").as_bytes()).is_err() {
            return;
        }
    }
}

/// Two events a page, the newest first, by name and time.
fn look_up(asked: &Value, state: &mut State) -> (u16, Value) {
    state.asked.push(asked.clone());
    if state.fails_at.is_some_and(|calls| state.asked.len() > calls) {
        return (400, json!({"__type": "AccessDeniedException", "message": "no"}));
    }
    let second = |record: &Value| {
        let time: chrono::DateTime<chrono::Utc> = record["eventTime"].as_str().unwrap().parse().unwrap();
        time.timestamp()
    };
    let [start, end] = ["StartTime", "EndTime"].map(|name| asked[name].as_f64().unwrap() as i64);
    let name = &asked["LookupAttributes"][0]["AttributeValue"];
    let mut found: Vec<_> = state
        .records
        .iter()
        .filter(|record| record["eventName"] == *name && (start..=end).contains(&second(record)))
        .collect();
    found.sort_by_key(|record| std::cmp::Reverse(second(record)));
    let skip: usize = asked["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let page = found.iter().skip(skip).take(2).map(|record| {
        json!({
            "EventId": record["eventID"], "EventName": name, "EventTime": second(record),
            "CloudTrailEvent": record.to_string(),
        })
    });
    let page: Vec<_> = page.collect();
    let mut answer = json!({"Events": page});
    if found.len() > skip + 2 {
        answer["NextToken"] = json!((skip + 2).to_string());
    }
    (200, answer)
}
