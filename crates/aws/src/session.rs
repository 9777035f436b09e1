//! Which credentials are used, in which account: a profile, a role in another account. For the command line only.

mod network;
mod organization;
mod profile;
mod setting;

use std::env;
use std::fmt;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::identity::IdentityCache;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};

pub use self::organization::OrganizationAccount;
use self::setting::FileSetting;
use crate::clients::{Aws, configured};
use crate::error::AwsError;
use crate::said::said;

/// The region if none is configured: IAM is the same in every region of a partition.
const ANY_REGION: &str = "us-east-1";

/// The default name of the session in CloudTrail.
const SESSION_NAME: &str = "setupkey";

/// STS does not throttle one call per account, and a person waits for the answer.
const MAX_ATTEMPTS: u32 = 4;

/// What a session is opened with.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The profile, which comes before credentials in the environment.
    pub profile: Option<&'a str>,
    /// The region, which comes before the environment and the profile.
    pub region: Option<&'a str>,
    /// Asks the person for the current code of the MFA device with this serial number or ARN.
    pub ask_mfa_code: &'a dyn Fn(&str) -> Result<String, String>,
}

impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, region, ask_mfa_code: _ } = self;
        f.debug_struct("Login").field("profile", profile).field("region", region).finish_non_exhaustive()
    }
}

/// Credentials and a region.
#[derive(Clone, Debug)]
pub struct Session {
    sdk: SdkConfig,
    sts: aws_sdk_sts::Client,
    token_file: Option<FileSetting>,
}

/// Who calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// The twelve digits.
    pub account_id: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
    /// `aws`, or another partition.
    pub partition: String,
}

/// A role to assume.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AssumeRole {
    /// The external ID that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The name of the session in CloudTrail; `setupkey` if absent.
    pub session_name: Option<String>,
    /// How long the credentials hold, in seconds; an hour if absent.
    pub duration_seconds: Option<i32>,
}

/// Why there is no session, in one line, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{reason}")]
pub struct SessionError {
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl SessionError {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None }
    }

    fn with_hint(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: Some(hint.into()) }
    }
}

impl Session {
    /// Opens a session with the credentials and the region of a profile, or of the environment as every AWS SDK
    /// reads it. Calls AWS only where a profile asks for an MFA code.
    ///
    /// # Errors
    ///
    /// A setting is wrong: the profile, the region, the CA bundle; or the role of an MFA profile is refused.
    pub async fn open(login: &Login<'_>) -> Result<Self, SessionError> {
        let profiles = profile::load(login.profile).await?;
        let http_client = network::http_client(&profiles)?;
        let mut loader = configured().http_client(http_client.clone()).no_credentials();
        if let Some(profile) = login.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = login.region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let loaded = loader.load().await;
        let region = loaded.region().cloned().unwrap_or_else(|| Region::from_static(ANY_REGION));
        check_region(region.as_ref())?;
        let provider_config =
            ProviderConfig::default().with_region(Some(region.clone())).with_http_client(http_client);
        let sdk = loaded.to_builder().region(region).identity_cache(IdentityCache::lazy().build()).build();
        let provider = credentials(login, &profiles, &provider_config, &sdk).await?;
        let sdk = sdk.to_builder().credentials_provider(provider).build();
        let sts = sts(&sdk);
        let token_file = FileSetting::of("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file", &profiles);
        Ok(Self { sdk, sts, token_file })
    }

    /// The client for the history of IAM calls, in this region.
    #[cfg(feature = "cloudtrail")]
    #[must_use]
    pub fn cloud_trail(&self, region: &'static str) -> crate::CloudTrail {
        crate::CloudTrail::new(&self.sdk.to_builder().region(Region::from_static(region)).build())
    }

    /// The region that is called.
    #[must_use]
    pub fn region(&self) -> &str {
        self.sdk.region().map_or(ANY_REGION, AsRef::as_ref)
    }

    /// The clients of the session's own account.
    #[must_use]
    pub fn aws(&self) -> Aws {
        Aws::new(&self.sdk)
    }

    /// Asks who calls (GetCallerIdentity).
    ///
    /// # Errors
    ///
    /// There are no credentials, or AWS does not accept them, or cannot be reached.
    pub async fn caller(&self) -> Result<Caller, SessionError> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let answer = self.sts.get_caller_identity().send().await;
        let answer = answer.map_err(|error| self.explained(&AwsError::new(OPERATION, &error), &error))?;
        let missing = |what| SessionError::new(format!("{OPERATION} failed: no {what} in the answer"));
        let arn = answer.arn().ok_or_else(|| missing("ARN"))?;
        let partition = arn.split(':').nth(1).ok_or_else(|| missing("partition"))?;
        Ok(Caller {
            account_id: answer.account().ok_or_else(|| missing("account"))?.to_owned(),
            partition: partition.to_owned(),
            arn: arn.to_owned(),
        })
    }

    /// Takes a role of another account (AssumeRole): returns the clients of that account.
    ///
    /// # Errors
    ///
    /// The role does not exist, or does not trust the caller.
    pub async fn assume_role(&self, role_arn: &str, role: &AssumeRole) -> Result<(Aws, String), AwsError> {
        const OPERATION: &str = "sts:AssumeRole";
        let answer = self
            .sts
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(role.duration_seconds)
            .send()
            .await
            .map_err(|error| AwsError::new(OPERATION, &error))?;
        let credentials = answer.credentials().and_then(session_credentials);
        let credentials =
            credentials.ok_or_else(|| AwsError::unexpected(OPERATION, "no credentials in the answer"))?;
        let arn = answer.assumed_role_user().map_or(role_arn, |user| user.arn());
        let sdk = self
            .sdk
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // a shared cache would keep an entry for each account
            .identity_cache(IdentityCache::no_cache())
            .build();
        Ok((Aws::new(&sdk), arn.to_owned()))
    }

    /// Adds what to do about a failure of the first call.
    fn explained(&self, error: &AwsError, source: &(dyn std::error::Error + 'static)) -> SessionError {
        let said = said(source);
        // the SDK says what the operating system said, but not of which file
        let unreadable = self.token_file.as_ref().and_then(|file| file.unreadable(&said));
        unreadable.unwrap_or_else(|| explained(error, &said, self.region()))
    }
}

fn sts(sdk: &SdkConfig) -> aws_sdk_sts::Client {
    let retries = RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS);
    let config = aws_sdk_sts::config::Builder::from(sdk).retry_config(retries).build();
    aws_sdk_sts::Client::from_conf(config)
}

fn session_credentials(given: &aws_sdk_sts::types::Credentials) -> Option<Credentials> {
    let expiry = (*given.expiration()).try_into().ok();
    let token = Some(given.session_token().to_owned());
    (!given.access_key_id().is_empty()).then(|| {
        Credentials::new(given.access_key_id(), given.secret_access_key(), token, expiry, "sts:AssumeRole")
    })
}

/// The credentials of the profile that was named, or of the environment; with an MFA code where a profile of the
/// chain asks for one, which the SDK does not.
async fn credentials(
    login: &Login<'_>,
    profiles: &ProfileSet,
    provider_config: &ProviderConfig,
    sdk: &SdkConfig,
) -> Result<SharedCredentialsProvider, SessionError> {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let uses_profile = login.profile.is_some() || !is_set("AWS_ACCESS_KEY_ID");
    if uses_profile && let Some(chain) = profile::mfa_chain(profiles)? {
        let credentials = chain.assume(login.ask_mfa_code, profiles, provider_config, sdk).await?;
        return Ok(SharedCredentialsProvider::new(credentials));
    }
    Ok(match login.profile {
        Some(profile) => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .configure(provider_config)
                .profile_name(profile)
                .build(),
        ),
        None => SharedCredentialsProvider::new(
            DefaultCredentialsChain::builder()
                .region(sdk.region().cloned())
                .configure(provider_config.clone())
                .build()
                .await,
        ),
    })
}

/// Refuses what cannot be a region: it would become part of a host name.
fn check_region(region: &str) -> Result<(), SessionError> {
    let mut parts = region.rsplit('-');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let has_number = parts.next().is_some_and(is_number);
    let words: Vec<&str> = parts.collect();
    if has_number && words.len() >= 2 && words.iter().all(|word| is_word(word)) {
        return Ok(());
    }
    Err(SessionError::with_hint(
        format!("the region is `{region}`, expected a region such as us-east-1"),
        "set `--region`, AWS_REGION, or `region` in the profile",
    ))
}

/// What the first call failed with, and what to do about it.
fn explained(error: &AwsError, said: &str, region: &str) -> SessionError {
    let has = |part: &str| said.contains(part);
    match error.code.as_deref() {
        Some("ExpiredToken" | "ExpiredTokenException") => {
            return SessionError::with_hint(
                error.to_string(),
                "the credentials have expired: log in again, for example with `aws sso login`",
            );
        }
        Some("InvalidClientTokenId" | "UnrecognizedClientException") => {
            return SessionError::with_hint(
                error.to_string(),
                format!(
                    "AWS does not know the access key: it was deleted, or it belongs to another partition than \
                     region {region}"
                ),
            );
        }
        Some("SignatureDoesNotMatch") => {
            return SessionError::with_hint(error.to_string(), "check the secret access key and the clock");
        }
        Some(_) => return SessionError::new(error.to_string()),
        None => {}
    }
    if has("no credentials found in chain") || has("no providers in chain provided credentials") {
        return SessionError::with_hint(
            "no AWS credentials found",
            "set AWS_PROFILE or `--profile`, or run `aws sso login` or `aws login`",
        );
    }
    let hint = if has("SSO token") || has("Session token not found or invalid") {
        Some("run `aws sso login` with the same profile".to_owned())
    } else if has("Login token") || has("login/cache") {
        Some("run `aws login` with the same profile".to_owned())
    } else if has("dns error") || has("failed to lookup address") {
        Some(format!("check that `{region}` is a region of your partition, and the network"))
    } else if has("certificate") {
        Some("if a proxy inspects TLS, set AWS_CA_BUNDLE to its certificates".to_owned())
    } else if has("tcp connect error") || has("Connection refused") || has("timed out") || has("tunnel") {
        Some("check the network, HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL".to_owned())
    } else {
        None
    };
    let is_login = has("oken") || has("credential") || has("profile") || has("AssumeRole");
    let reason = if is_login { format!("cannot get AWS credentials: {said}") } else { error.to_string() };
    SessionError { reason, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_distinguished_from_other_text() {
        for region in ["us-east-1", "us-gov-west-1", "cn-northwest-1", "us-iso-east-1", "eusc-de-east-1"] {
            assert_eq!(check_region(region), Ok(()));
        }
        for text in
            ["", "useast1", "us-east", "us-east-1a", "us east 1", "evil.example/us-east-1", "us--east-1"]
        {
            let error = check_region(text).unwrap_err();
            assert_eq!(error.reason, format!("the region is `{text}`, expected a region such as us-east-1"));
        }
    }
}
