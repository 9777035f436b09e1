use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use setupkey_local_aws::LocalAws;
use tokio::process::Command;

use crate::binary;

/// What a run of the command line came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// The JSON document; kept for the validation against the schema where `AUDIT_DOCUMENTS` names a folder.
    pub fn document(&self) -> Value {
        self.kept("json")
    }

    /// The findings in a format of another tool, `ocsf` or `asff`; kept as a document is.
    pub fn findings(&self, format: &str) -> Vec<Value> {
        self.kept(format).as_array().unwrap().clone()
    }

    fn kept(&self, ending: &str) -> Value {
        static KEPT: AtomicU64 = AtomicU64::new(0);
        let document =
            serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.err));
        if let Some(folder) = std::env::var_os("AUDIT_DOCUMENTS") {
            let name = format!("{}.{ending}", KEPT.fetch_add(1, Ordering::Relaxed));
            fs::write(PathBuf::from(folder).join(name), &self.out).unwrap();
        }
        document
    }
}

/// Credentials for the environment of the command line.
pub fn audit_environment() -> Vec<(&'static str, OsString)> {
    [("AWS_ACCESS_KEY_ID", "ASIALOCALAWS00000000"), ("AWS_SECRET_ACCESS_KEY", "local")]
        .map(|(name, value)| (name, value.into()))
        .to_vec()
}

/// Runs the command line with credentials in the environment, and no other AWS configuration.
pub async fn setupkey(aws: &LocalAws, args: &[&str]) -> Ran {
    setupkey_in(aws, &audit_environment(), args).await
}

/// Runs the command line with this environment and no other AWS configuration.
pub async fn setupkey_in(aws: &LocalAws, environment: &[(&str, OsString)], args: &[&str]) -> Ran {
    let output = Command::new(binary("setupkey"))
        .args(args)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("AWS_ENDPOINT_URL", aws.endpoint_url())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .envs(environment.iter().cloned())
        .output()
        .await
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
