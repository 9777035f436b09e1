//! An audit of an organization with `setupkey audit`, measured from outside of it.

use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use setupkey_local_aws::{LocalAws, OrganizationAccount, Role, State};
use tokio::time::{Instant, sleep};

use crate::account::behaviour;
use crate::population::Population;
use crate::process::peak_memory;
use crate::table::{markdown, mebibytes, seconds};

/// Accounts of the organization.
const ACCOUNTS: u64 = 1_000;

/// Users of each account.
const USERS: usize = 50;

/// The role that is assumed in each account.
const ROLE: &str = "audit";

/// How often the memory of the command is looked at. Its peak only grows, so at most the growth of the last interval is
/// missed.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What was measured.
#[derive(Debug)]
pub(crate) struct Organization {
    /// The exit code is 1 if users are flagged and every account was read.
    status: ExitStatus,
    /// From before the process to its end.
    pub(crate) wall: Duration,
    /// The most memory that the command ever held, in bytes.
    pub(crate) peak_memory: u64,
    /// Calls that were answered; throttled ones are not among them.
    calls: usize,
    /// Calls that were throttled.
    throttled: usize,
}

impl Organization {
    /// Audits all accounts, without a credential report that is there already. `binaries` is the folder of the command.
    pub(crate) async fn measure(binaries: &Path) -> Result<Self, Box<dyn Error>> {
        let ids: Vec<String> = (1..=ACCOUNTS).map(|place| (100_000_000_000 + place).to_string()).collect();
        let account = |id: &String| State {
            account_id: id.clone(),
            users: Population::Crowded.users(USERS, DateTime::UNIX_EPOCH + TimeDelta::days(20_000)),
            roles: vec![Role { role_name: ROLE.to_owned(), external_id: None }],
            behaviour: behaviour(),
            ..State::default()
        };
        let listed = |id: &String| OrganizationAccount {
            id: id.clone(),
            name: format!("account {id}"),
            state: "ACTIVE".to_owned(),
        };
        let (management, others) = ids.split_first().ok_or("no accounts")?;
        let aws = LocalAws::start(State {
            other_accounts: others.iter().map(account).collect(),
            organization: ids.iter().map(listed).collect(),
            ..account(management)
        })
        .await?;
        let begun = Instant::now();
        let mut audit = Command::new(binaries.join("setupkey"))
            .args(["audit", "--quiet", "--format", "json", "--organization", "--role-name", ROLE])
            .env_clear()
            .envs([("AWS_ACCESS_KEY_ID", "AKIALOCAL"), ("AWS_SECRET_ACCESS_KEY", "local")])
            .envs([("AWS_REGION", "us-east-1"), ("AWS_ENDPOINT_URL", &aws.endpoint_url())])
            .stdout(Stdio::null())
            .spawn()?;
        let mut peak = 0;
        let status = loop {
            // a process that has ended tells no memory
            peak = peak.max(peak_memory(audit.id()).unwrap_or_default());
            match audit.try_wait()? {
                Some(status) => break status,
                None => sleep(LOOK_EVERY).await,
            }
        };
        let wall = begun.elapsed();
        // nothing else answers 400 here
        let (throttled, calls): (Vec<_>, Vec<_>) =
            aws.calls().into_iter().partition(|call| call.status == Some(400));
        Ok(Self { status, wall, peak_memory: peak, calls: calls.len(), throttled: throttled.len() })
    }

    /// Prints times, memory and calls.
    pub(crate) fn print(&self) {
        println!("\n`setupkey audit --organization`: {ACCOUNTS} accounts of {USERS} users, crowded\n");
        let mut table = markdown();
        table.set_header([String::new(), "audit".to_owned()]);
        table.add_row(["exit code", &self.status.code().unwrap_or(-1).to_string()]);
        table.add_row(["wall seconds", &seconds(self.wall)]);
        table.add_row(["peak memory, MiB", &mebibytes(self.peak_memory)]);
        table.add_row(["calls", &self.calls.to_string()]);
        table.add_row(["throttled answers", &self.throttled.to_string()]);
        println!("{table}\n");
    }
}
