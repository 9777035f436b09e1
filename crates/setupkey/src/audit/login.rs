//! The credentials of the command line: flags, and the question for an MFA code.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use setupkey_aws::{Caller, Login, Session};

use crate::outcome::Failure;
use crate::text::visible;

/// Which credentials are used.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Credentials")]
pub(crate) struct LoginArgs {
    /// Profile of the shared AWS config and credentials files; overrides credentials in the environment
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Region to call; IAM is the same in all regions of a partition
    #[arg(long)]
    pub(crate) region: Option<String>,
}

impl LoginArgs {
    /// Opens a session, and asks AWS who calls: without an answer there is nothing to audit.
    pub(crate) async fn open(&self) -> Result<(Session, Caller), Failure> {
        let login = Login {
            profile: self.profile.as_deref(),
            region: self.region.as_deref(),
            ask_mfa_code: &ask_mfa_code,
        };
        let session = Session::open(&login).await?;
        let caller = session.caller().await?;
        Ok((session, caller))
    }
}

/// Asks for the code of an MFA device where a person can answer.
fn ask_mfa_code(serial: &str) -> Result<String, String> {
    let needed = format!("an MFA code of `{serial}` is needed");
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(format!("{needed}: run this command on a terminal, or use temporary credentials"));
    }
    let failed = |error: io::Error| format!("{needed}: {error}");
    write!(io::stderr(), "MFA code for {}: ", visible(serial)).map_err(failed)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(failed)?;
    let code = line.trim();
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(code.to_owned())
    } else {
        Err(format!("{needed}: a code has six digits"))
    }
}
