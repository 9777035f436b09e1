//! Whose credentials are used, in which account: a profile, a role of another account.

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};

use crate::clients::{Aws, configured};
use crate::error::AwsError;

/// The region where none is configured: IAM is the same in every region of a partition.
const ANY_REGION: &str = "us-east-1";

/// How a session names itself in CloudTrail.
const SESSION_NAME: &str = "setupkey";

/// STS does not throttle what is asked once an account; whoever waits for an answer is a person.
const MAX_ATTEMPTS: u32 = 4;

/// Credentials and a region.
#[derive(Clone, Debug)]
pub struct Session {
    sdk: SdkConfig,
    sts: aws_sdk_sts::Client,
}

/// Who calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// The twelve digits.
    pub account_id: String,
    /// `aws`, or another partition.
    pub partition: String,
}

impl Session {
    /// Credentials and region of a profile, or of the environment as every AWS SDK reads it. A profile that is
    /// named here comes before credentials in the environment. Sends nothing that is not needed for that.
    pub async fn open(profile: Option<&str>, region: Option<&str>) -> Self {
        let mut loader = configured();
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let loaded = loader.load().await;
        let region = loaded.region().cloned().unwrap_or_else(|| Region::from_static(ANY_REGION));
        let mut sdk = loaded.to_builder().region(region.clone());
        if let Some(profile) = profile {
            let mut provider = ProviderConfig::without_region().with_region(Some(region));
            if let Some(http_client) = loaded.http_client() {
                provider = provider.with_http_client(http_client);
            }
            let provider =
                ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build();
            sdk = sdk.credentials_provider(SharedCredentialsProvider::new(provider));
        }
        let sdk = sdk.build();
        let retries = RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS);
        let sts = aws_sdk_sts::config::Builder::from(&sdk).retry_config(retries).build();
        Self { sts: aws_sdk_sts::Client::from_conf(sts), sdk }
    }

    /// The client for the history of IAM calls, in this region.
    #[cfg(feature = "cloudtrail")]
    #[must_use]
    pub fn cloud_trail(&self, region: &'static str) -> crate::CloudTrail {
        crate::CloudTrail::new(&self.sdk.to_builder().region(Region::from_static(region)).build())
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
    /// There are no credentials, they are not accepted, or the answer is none.
    pub async fn caller(&self) -> Result<Caller, AwsError> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let answer = self.sts.get_caller_identity().send().await;
        let answer = answer.map_err(|error| AwsError::new(OPERATION, &error))?;
        let missing = |what| AwsError::unexpected(OPERATION, format!("no {what} in the answer"));
        let partition = answer.arn().and_then(|arn| arn.split(':').nth(1)).ok_or_else(|| missing("ARN"))?;
        Ok(Caller {
            account_id: answer.account().ok_or_else(|| missing("account"))?.to_owned(),
            partition: partition.to_owned(),
        })
    }

    /// Takes a role of another account (AssumeRole): the clients of that account, for an hour.
    ///
    /// # Errors
    ///
    /// The role is not there, or does not trust the caller.
    pub async fn assume_role(&self, role_arn: &str, external_id: Option<&str>) -> Result<Aws, AwsError> {
        const OPERATION: &str = "sts:AssumeRole";
        let answer = self
            .sts
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(SESSION_NAME)
            .set_external_id(external_id.map(str::to_owned))
            .send()
            .await
            .map_err(|error| AwsError::new(OPERATION, &error))?;
        let given = answer.credentials();
        let given = given.ok_or_else(|| AwsError::unexpected(OPERATION, "no credentials in the answer"))?;
        let credentials = Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            (*given.expiration()).try_into().ok(),
            OPERATION,
        );
        let provider = SharedCredentialsProvider::new(credentials);
        Ok(Aws::new(&self.sdk.to_builder().credentials_provider(provider).build()))
    }
}
