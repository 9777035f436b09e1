//! Starts of a function, as a bare Runtime API sees them: when the first poll comes, and when the first TLS
//! connection begins.
//!
//! Both listeners are on loopback. Lambda adds what it takes to bring up the environment and to load the
//! binary, which is the same for every function of this size.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

/// Starts of each binary.
pub(crate) const STARTS: usize = 60;

/// A start that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A record of a TLS handshake begins with this byte (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;

const EVENT: &str = include_str!("../../../events/scheduled.json");

/// How soon the first TLS connection begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstHello {
    /// From handing over the event to the first byte of the ClientHello: parsing the event, signing the
    /// call, connecting and setting up TLS are in it.
    pub(crate) after_event: Duration,
    /// From accepting the connection to the first byte of the ClientHello: the part that is TLS alone.
    pub(crate) after_connect: Duration,
}

/// From before the process is started to its first poll of the Runtime API: the least of each binary, which take
/// turns: whatever else the machine does only adds to it.
pub(crate) async fn first_polls<const N: usize>(binaries: [&Path; N]) -> io::Result<[Duration; N]> {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..STARTS {
        for (binary, times) in binaries.iter().zip(&mut times) {
            let runtime_api = listen().await?;
            let begun = Instant::now();
            let _function = start(binary, &runtime_api, "http://127.0.0.1:9")?;
            within(polled(&runtime_api)).await?;
            times.push(begun.elapsed());
        }
    }
    Ok(times.map(least))
}

/// The least times to the first ClientHello of as many processes.
pub(crate) async fn first_hello(binary: &Path) -> io::Result<FirstHello> {
    let (mut after_event, mut after_connect) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (runtime_api, aws) = (listen().await?, listen().await?);
        let endpoint = format!("https://{}", aws.local_addr()?);
        let _function = start(binary, &runtime_api, &endpoint)?;
        let mut poll = within(polled(&runtime_api)).await?;
        let answer = invocation();
        let handed_over = Instant::now();
        poll.write_all(answer.as_bytes()).await?;
        let (mut connection, _) = within(aws.accept()).await?;
        let connected = Instant::now();
        let first = within(connection.read_u8()).await?;
        let arrived = Instant::now();
        if first != HANDSHAKE {
            return Err(io::Error::other(format!("the first byte is {first}, expected a TLS handshake")));
        }
        after_event.push(arrived - handed_over);
        after_connect.push(arrived - connected);
    }
    Ok(FirstHello { after_event: least(after_event), after_connect: least(after_connect) })
}

async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Starts the function with Lambda's environment, and no other.
fn start(binary: &Path, runtime_api: &TcpListener, endpoint: &str) -> io::Result<Child> {
    Command::new(binary)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.local_addr()?.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "function")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
        .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "ASIALOCALAWS00000000")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_SESSION_TOKEN", "local")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// The connection on which the function polls for an event.
async fn polled(runtime_api: &TcpListener) -> io::Result<TcpStream> {
    let (mut connection, _) = runtime_api.accept().await?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if connection.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if !request.starts_with(b"GET /2018-06-01/runtime/invocation/next ") {
        return Err(io::Error::other("the first request is no poll for an event"));
    }
    Ok(connection)
}

/// The answer to a poll: a scheduled event, with a deadline that is over, which the function takes for none.
fn invocation() -> String {
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:function";
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         lambda-runtime-aws-request-id: 00000000-0000-4000-9000-000000000001\r\n\
         lambda-runtime-deadline-ms: 0\r\nlambda-runtime-invoked-function-arn: {arn}\r\n\r\n{EVENT}",
        EVENT.len()
    )
}

async fn within<T>(step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, step).await?
}

/// The shortest.
fn least(times: Vec<Duration>) -> Duration {
    times.into_iter().min().unwrap_or_default()
}
