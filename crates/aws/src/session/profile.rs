//! Profiles of the shared AWS files: what the SDK does not read of them itself. It ignores `mfa_serial`
//! (aws-sdk-rust issue 527), and an unknown profile becomes a failure of the first call.

use aws_config::SdkConfig;
use aws_config::profile::{self, Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_types::os_shim_internal::{Env, Fs};

use super::{SESSION_NAME, SessionError, explained, session_credentials, sts};
use crate::error::AwsError;
use crate::said::said;

/// Reads the shared AWS files, with the profile that is named or that AWS_PROFILE names selected.
///
/// # Errors
///
/// A file is not understood, or a profile that is named does not exist.
pub(super) async fn load(profile: Option<&str>) -> Result<ProfileSet, SessionError> {
    let selected = profile.map(|name| name.to_owned().into());
    let profiles = profile::load(&Fs::real(), &Env::real(), &Default::default(), selected).await;
    let profiles = profiles
        .map_err(|error| SessionError::new(format!("cannot read the AWS config files: {}", said(&error))))?;
    match profile {
        Some(name) if profiles.get_profile(name).is_none() => Err(SessionError::with_hint(
            format!("no profile `{name}` in the AWS config and credentials files"),
            "`aws configure list-profiles` lists them",
        )),
        _ => Ok(profiles),
    }
}

/// A chain of roles of which one needs an MFA code.
#[derive(Debug)]
pub(super) struct MfaChain<'a> {
    // the first one to take last
    roles: Vec<&'a Profile>,
    base: &'a Profile,
}

/// The chain of roles of the selected profile, if one of its roles needs an MFA code.
///
/// # Errors
///
/// The chain does not end.
pub(super) fn mfa_chain(profiles: &ProfileSet) -> Result<Option<MfaChain<'_>>, SessionError> {
    let mut roles: Vec<&Profile> = Vec::new();
    let Some(mut next) = profiles.get_profile(profiles.selected_profile()) else { return Ok(None) };
    // a profile may name itself as the source: its role with its own keys
    while let (Some(_), Some(source)) = (next.get("role_arn"), next.get("source_profile")) {
        let is_own_source = source == next.name();
        if !is_own_source && roles.iter().any(|role| role.name() == next.name()) {
            // the SDK says which profiles form a loop
            return Ok(None);
        }
        roles.push(next);
        let Some(found) = profiles.get_profile(source) else { return Ok(None) };
        next = found;
        if is_own_source || next.get("aws_access_key_id").is_some() {
            break;
        }
    }
    let needs_code = roles.iter().any(|role| role.get("mfa_serial").is_some());
    Ok(needs_code.then_some(MfaChain { roles, base: next }))
}

impl MfaChain<'_> {
    /// Takes the roles one after another, and asks for a code where one is needed.
    pub(super) async fn assume(
        &self,
        ask_mfa_code: &dyn Fn(&str) -> Result<String, String>,
        profiles: &ProfileSet,
        provider_config: &ProviderConfig,
        sdk: &SdkConfig,
    ) -> Result<Credentials, SessionError> {
        let region = sdk.region().map_or("", AsRef::as_ref);
        let mut credentials = self.base_credentials(provider_config, region).await?;
        for role in self.roles.iter().rev() {
            credentials =
                assume(role, credentials, ask_mfa_code, sdk).await.map_err(|error| SessionError {
                    reason: format!("profile `{}`: {}", profiles.selected_profile(), error.reason),
                    ..error
                })?;
        }
        Ok(credentials)
    }

    async fn base_credentials(
        &self,
        provider_config: &ProviderConfig,
        region: &str,
    ) -> Result<Credentials, SessionError> {
        let base = self.base;
        if let (Some(id), Some(secret)) = (base.get("aws_access_key_id"), base.get("aws_secret_access_key")) {
            let token = base.get("aws_session_token").map(str::to_owned);
            return Ok(Credentials::new(id, secret, token, None, "profile"));
        }
        let provider = ProfileFileCredentialsProvider::builder()
            .configure(provider_config)
            .profile_name(base.name())
            .build();
        provider.provide_credentials().await.map_err(|error| {
            let said = said(&error);
            let failure = AwsError::unexpected("reading credentials", said.clone());
            explained(&failure, &said, region)
        })
    }
}

async fn assume(
    role: &Profile,
    credentials: Credentials,
    ask_mfa_code: &dyn Fn(&str) -> Result<String, String>,
    sdk: &SdkConfig,
) -> Result<Credentials, SessionError> {
    const OPERATION: &str = "sts:AssumeRole";
    let serial = role.get("mfa_serial");
    let code = serial.map(ask_mfa_code).transpose().map_err(SessionError::new)?;
    let duration = match role.get("duration_seconds") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            SessionError::new(format!("`duration_seconds` is `{text}`, expected a number of seconds"))
        })?),
    };
    let sdk = sdk.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();
    let answer = sts(&sdk)
        .assume_role()
        .set_role_arn(role.get("role_arn").map(str::to_owned))
        .role_session_name(role.get("role_session_name").unwrap_or(SESSION_NAME))
        .set_external_id(role.get("external_id").map(str::to_owned))
        .set_duration_seconds(duration)
        .set_serial_number(serial.map(str::to_owned))
        .set_token_code(code)
        .send()
        .await
        .map_err(|error| {
            let region = sdk.region().map_or("", AsRef::as_ref);
            explained(&AwsError::new(OPERATION, &error), &said(&error), region)
        })?;
    let credentials = answer.credentials().and_then(session_credentials);
    credentials.ok_or_else(|| SessionError::new(format!("{OPERATION} failed: no credentials in the answer")))
}
