//! AWS Config: the results that it holds, and the evaluations that are put.

use std::time::Duration;

use aws_sdk_config::primitives::DateTime as SdkTime;
use aws_sdk_config::types;
use chrono::DateTime;
use futures::StreamExt as _;
use setupkey_rule::evaluation::{ComplianceType, Evaluation, HeldResult};
use setupkey_rule::event::ResultToken;
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use crate::clients::Aws;
use crate::error::{AwsError, of_aws};
use crate::paging::Pages;

/// PutEvaluations takes at most this many (AWS Config API reference, PutEvaluations).
const MAX_EVALUATIONS: usize = 100;

/// This many calls of PutEvaluations are under way at a time: AWS publishes no rate for it.
const CONCURRENCY: usize = 8;

/// GetComplianceDetailsByConfigRule returns at most this many (AWS Config API reference).
const MAX_RESULTS: i32 = 100;

/// Evaluations that come back as failed are put this often in all.
const PUT_ATTEMPTS: u32 = 4;

/// The wait before failed evaluations are put again; doubles each time.
const PUT_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// What became of evaluations.
#[derive(Clone, Debug)]
pub struct Put {
    /// How many were put.
    pub put: usize,
    /// Why not all, where some were not.
    pub error: Option<AwsError>,
}

impl Aws {
    /// Puts evaluations, a hundred a call. A call that fails does not keep the others from being put, but for
    /// lack of time: at `until` it ends.
    pub async fn put_evaluations(
        &self,
        token: &ResultToken,
        evaluations: &[Evaluation],
        until: Instant,
    ) -> Put {
        const OPERATION: &str = "config:PutEvaluations";
        let mut put = 0;
        let mut first_error = None;
        let mut answers = futures::stream::iter(evaluations.chunks(MAX_EVALUATIONS))
            .map(async |chunk| (chunk, timeout_at(until, self.put_chunk(token, chunk)).await))
            .buffer_unordered(CONCURRENCY);
        while let Some((chunk, answer)) = answers.next().await {
            match answer.unwrap_or_else(|_| Err((AwsError::out_of_time(OPERATION), chunk.len()))) {
                Ok(()) => put += chunk.len(),
                Err((error, not_put)) => {
                    error!(%error, not_put, "evaluations not put");
                    put += chunk.len() - not_put;
                    first_error.get_or_insert(error);
                }
            }
        }
        let failed = evaluations.len() - put;
        let error = first_error.map(|error| AwsError {
            reason: format!("{failed} of {} evaluations not put: {}", evaluations.len(), error.reason),
            ..error
        });
        Put { put, error }
    }

    async fn put_chunk(&self, token: &ResultToken, chunk: &[Evaluation]) -> Result<(), (AwsError, usize)> {
        const OPERATION: &str = "config:PutEvaluations";
        let all = chunk.len();
        let mut waiting =
            chunk.iter().map(wire).collect::<Result<Vec<_>, _>>().map_err(|error| (error, all))?;
        let mut wait = PUT_AGAIN_AFTER;
        for attempt in 1..=PUT_ATTEMPTS {
            let left = waiting.len();
            let answer = self
                .config
                .put_evaluations()
                .result_token(token.reveal())
                .test_mode(token.is_test_mode())
                .set_evaluations(Some(waiting))
                .send()
                .await
                .map_err(|error| (AwsError::new(OPERATION, &error), left))?;
            of_aws(OPERATION, &answer).map_err(|error| (error, left))?;
            // HTTP says 200 even if every one of them failed
            waiting = answer.failed_evaluations.unwrap_or_default();
            if waiting.is_empty() {
                return Ok(());
            }
            warn!(failed = waiting.len(), attempt, "evaluations came back as failed");
            if attempt < PUT_ATTEMPTS {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
        }
        let ids: Vec<_> =
            waiting.iter().take(3).map(|failed| failed.compliance_resource_id.as_str()).collect();
        let reason = format!("came back as failed {PUT_ATTEMPTS} times: {}", ids.join(", "));
        Err((AwsError::unexpected(OPERATION, reason), waiting.len()))
    }

    /// Reads the COMPLIANT and NON_COMPLIANT results that AWS Config holds of a rule.
    ///
    /// # Errors
    ///
    /// A page could not be read: what was read before is no answer.
    pub async fn held_results(&self, config_rule_name: &str) -> Result<Vec<HeldResult>, AwsError> {
        const OPERATION: &str = "config:GetComplianceDetailsByConfigRule";
        let mut held = Vec::new();
        let mut pages = Pages::default();
        let mut token = None;
        loop {
            let page = self
                .config
                .get_compliance_details_by_config_rule()
                .config_rule_name(config_rule_name)
                .compliance_types(types::ComplianceType::Compliant)
                .compliance_types(types::ComplianceType::NonCompliant)
                .limit(MAX_RESULTS)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| AwsError::new(OPERATION, &error))?;
            of_aws(OPERATION, &page)?;
            for result in page.evaluation_results() {
                held.push(held_result(OPERATION, result)?);
            }
            let has_more = page.next_token.is_some();
            token = pages.next(OPERATION, has_more, page.next_token)?;
            if token.is_none() {
                return Ok(held);
            }
        }
    }

    /// Reads what AWS Config holds of one resource for one rule.
    ///
    /// # Errors
    ///
    /// A page could not be read.
    pub async fn held_result(
        &self,
        config_rule_name: &str,
        resource_type: &str,
        resource_id: &str,
    ) -> Result<Option<HeldResult>, AwsError> {
        const OPERATION: &str = "config:GetComplianceDetailsByResource";
        let mut pages = Pages::default();
        let mut token = None;
        loop {
            let page = self
                .config
                .get_compliance_details_by_resource()
                .resource_type(resource_type)
                .resource_id(resource_id)
                .compliance_types(types::ComplianceType::Compliant)
                .compliance_types(types::ComplianceType::NonCompliant)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| AwsError::new(OPERATION, &error))?;
            of_aws(OPERATION, &page)?;
            // one row for every rule that looked at the resource
            for result in page.evaluation_results() {
                let rule = result
                    .evaluation_result_identifier()
                    .and_then(|identifier| identifier.evaluation_result_qualifier())
                    .and_then(|qualifier| qualifier.config_rule_name());
                if rule == Some(config_rule_name) {
                    return held_result(OPERATION, result).map(Some);
                }
            }
            let has_more = page.next_token.is_some();
            token = pages.next(OPERATION, has_more, page.next_token)?;
            if token.is_none() {
                return Ok(None);
            }
        }
    }
}

fn held_result(operation: &'static str, result: &types::EvaluationResult) -> Result<HeldResult, AwsError> {
    let missing = |what| AwsError::unexpected(operation, format!("a result has no {what}"));
    let qualifier = result
        .evaluation_result_identifier()
        .and_then(|identifier| identifier.evaluation_result_qualifier())
        .ok_or_else(|| missing("identifier"))?;
    let recorded = result.result_recorded_time().ok_or_else(|| missing("recorded time"))?;
    Ok(HeldResult {
        resource_type: qualifier.resource_type().ok_or_else(|| missing("resource type"))?.to_owned(),
        resource_id: qualifier.resource_id().ok_or_else(|| missing("resource id"))?.to_owned(),
        non_compliant: match result.compliance_type() {
            Some(types::ComplianceType::Compliant) => false,
            Some(types::ComplianceType::NonCompliant) => true,
            _ => return Err(missing("compliance type that was asked for")),
        },
        annotation: result.annotation().map(str::to_owned),
        recorded: DateTime::from_timestamp(recorded.secs(), recorded.subsec_nanos())
            .ok_or_else(|| missing("recorded time"))?,
    })
}

fn wire(evaluation: &Evaluation) -> Result<types::Evaluation, AwsError> {
    let time = evaluation.ordering_timestamp.0;
    types::Evaluation::builder()
        .compliance_resource_type(&evaluation.resource_type)
        .compliance_resource_id(&evaluation.resource_id)
        .compliance_type(match evaluation.compliance_type {
            ComplianceType::Compliant => types::ComplianceType::Compliant,
            ComplianceType::NonCompliant => types::ComplianceType::NonCompliant,
            ComplianceType::NotApplicable => types::ComplianceType::NotApplicable,
        })
        .annotation(evaluation.annotation.to_string())
        .ordering_timestamp(SdkTime::from_secs_and_nanos(time.timestamp(), time.timestamp_subsec_nanos()))
        .build()
        .map_err(|error| AwsError::unexpected("config:PutEvaluations", error.to_string()))
}
