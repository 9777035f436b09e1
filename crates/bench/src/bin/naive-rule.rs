//! The rule as it is usually written: reads every user live, ten at a time, and puts one evaluation for
//! every user on every run. SDK, TLS and runtime are those of `config-rule`, so only the work differs.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_sdk_config::types::{ComplianceType, Evaluation};
use aws_sdk_iam::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_iam::primitives::DateTime as SdkTime;
use aws_sdk_iam::types::{StatusType, User};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

/// Users that are read at a time.
const CONCURRENCY: usize = 10;

/// PutEvaluations takes at most this many (AWS Config API reference, PutEvaluations).
const MAX_EVALUATIONS: usize = 100;

/// A key that was created at most this many seconds before or after its user counts as created with the user.
const SETUP_WINDOW_SECONDS: i64 = 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let http_client =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    // the waits of `config-rule`, and as many attempts as it takes: with the SDK's defaults, throttling ends
    // the run
    let retries = RetryConfig::standard()
        .with_max_attempts(100)
        .with_initial_backoff(Duration::from_millis(250))
        .with_max_backoff(Duration::from_secs(10));
    let sdk = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client)
        .retry_config(retries)
        .load()
        .await;
    let quota = RetryPartition::custom("iam").token_bucket(TokenBucket::unlimited()).build();
    let iam = aws_sdk_iam::config::Builder::from(&sdk).retry_partition(quota).build();
    let (iam, config) = (aws_sdk_iam::Client::from_conf(iam), aws_sdk_config::Client::new(&sdk));

    let (iam, config) = (&iam, &config);
    run(service_fn(move |event: LambdaEvent<Value>| evaluate_all(event.payload, iam, config))).await
}

async fn evaluate_all(
    event: Value,
    iam: &aws_sdk_iam::Client,
    config: &aws_sdk_config::Client,
) -> Result<(), Error> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let message: Value = serde_json::from_str(text("invokingEvent"))?;
    let created = message.get("notificationCreationTime").and_then(Value::as_str).unwrap_or_default();
    let created = created.parse::<DateTime<Utc>>()?.timestamp();

    let pages = iam.list_users().into_paginator().items().send();
    let users: Vec<User> = pages.try_collect().await?;
    let evaluations: Vec<Evaluation> = futures::stream::iter(&users)
        .map(|user| evaluate(user, created, iam))
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    for chunk in evaluations.chunks(MAX_EVALUATIONS) {
        let put = config.put_evaluations().result_token(text("resultToken"));
        put.set_evaluations(Some(chunk.to_vec())).send().await?;
    }
    Ok(())
}

async fn evaluate(user: &User, created: i64, iam: &aws_sdk_iam::Client) -> Result<Evaluation, Error> {
    let compliance_type = if !has_password(user, iam).await? {
        ComplianceType::NotApplicable
    } else if has_setup_key(user, iam).await? {
        ComplianceType::NonCompliant
    } else {
        ComplianceType::Compliant
    };
    let evaluation = Evaluation::builder()
        .compliance_resource_type("AWS::IAM::User")
        .compliance_resource_id(user.user_id())
        .compliance_type(compliance_type)
        .annotation(user.user_name())
        .ordering_timestamp(SdkTime::from_secs(created));
    Ok(evaluation.build()?)
}

async fn has_password(user: &User, iam: &aws_sdk_iam::Client) -> Result<bool, Error> {
    match iam.get_login_profile().user_name(user.user_name()).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_entity_exception()) => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether the user has an active key that was set up with it and never used.
async fn has_setup_key(user: &User, iam: &aws_sdk_iam::Client) -> Result<bool, Error> {
    let mut found = false;
    let keys = iam.list_access_keys().user_name(user.user_name()).send().await?;
    for key in keys.access_key_metadata() {
        if key.status() != Some(&StatusType::Active) {
            continue;
        }
        let last_used = iam.get_access_key_last_used().set_access_key_id(key.access_key_id.clone());
        let last_used = last_used.send().await?;
        let unused =
            last_used.access_key_last_used().is_some_and(|last_used| last_used.last_used_date().is_none());
        let after = key.create_date().map(|made| made.secs() - user.create_date().secs());
        found |= unused && after.is_some_and(|after| after.abs() <= SETUP_WINDOW_SECONDS);
    }
    Ok(found)
}
