//! AWS Config: the results that it stores, and the evaluations that are reported.

use std::time::Duration;

use aws_sdk_config::primitives::DateTime as SdkTime;
use aws_sdk_config::types;
use futures::StreamExt as _;
use setupkey_rule::annotation::Annotation;
use setupkey_rule::evaluation::{Evaluation, EvaluationResult};
use setupkey_rule::event::{ResultToken, RuleName};
use setupkey_rule::verdict::ComplianceType;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{error, warn};

use crate::clients::Aws;
use crate::error::{AwsError, call, of_aws};
use crate::iam::time;
use crate::paging::Pages;

/// PutEvaluations takes at most this many (AWS Config API reference, PutEvaluations).
const MAX_EVALUATIONS: usize = 100;

/// This many calls of PutEvaluations are under way at a time: AWS publishes no rate for it.
const CONCURRENCY: usize = 8;

/// GetComplianceDetailsByConfigRule returns at most this many (AWS Config API reference).
const MAX_RESULTS: i32 = 100;

/// Evaluations that come back as failed are reported this often in all.
const ATTEMPTS: u32 = 4;

/// The wait before failed evaluations are reported again; doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(200);

const PUT: &str = "config:PutEvaluations";

/// What became of evaluations.
#[derive(Clone, Debug)]
pub struct Put {
    /// The number of evaluations that AWS Config took.
    pub count: usize,
    /// Why not all, where it did not take some.
    pub error: Option<AwsError>,
}

impl Aws {
    /// Reports evaluations, a hundred a call. A call that fails does not keep the others from being reported, unless there
    /// is no time left: at `until` it ends.
    pub async fn put_evaluations(
        &self,
        token: &ResultToken,
        evaluations: &[Evaluation],
        until: Instant,
    ) -> Put {
        let mut count = 0;
        let mut first_error = None;
        let mut answers = futures::stream::iter(evaluations.chunks(MAX_EVALUATIONS))
            .map(async |chunk| {
                let put = timeout_at(until, self.put_chunk(token, chunk, until)).await;
                (chunk.len(), put.unwrap_or_else(|_| Err((AwsError::timed_out(PUT), chunk.len()))))
            })
            .buffer_unordered(CONCURRENCY);
        while let Some((all, answer)) = answers.next().await {
            let failed = answer.as_ref().err().map_or(0, |(_, failed)| *failed);
            count += all - failed;
            if let Err((error, failed)) = answer {
                error!(%error, failed, "evaluations not reported");
                first_error.get_or_insert(error);
            }
        }
        let failed = evaluations.len() - count;
        let error = first_error.map(|error| AwsError {
            reason: format!("{failed} of {} evaluations not reported: {}", evaluations.len(), error.reason),
            ..error
        });
        Put { count, error }
    }

    /// Reports up to a hundred evaluations; an error comes with the number of those that AWS Config did not take.
    async fn put_chunk(
        &self,
        token: &ResultToken,
        chunk: &[Evaluation],
        until: Instant,
    ) -> Result<(), (AwsError, usize)> {
        let all = chunk.len();
        let mut waiting =
            chunk.iter().map(wire).collect::<Result<Vec<_>, _>>().map_err(|error| (error, all))?;
        let mut wait = FIRST_WAIT;
        for attempt in 1..=ATTEMPTS {
            let left = waiting.len();
            let send = self
                .config
                .put_evaluations()
                .result_token(token.reveal())
                .test_mode(token.is_test_mode())
                .set_evaluations(Some(waiting))
                .send();
            let answer = call(PUT, until, send).await.map_err(|error| (error, left))?;
            of_aws(PUT, &answer).map_err(|error| (error, left))?;
            // HTTP says 200 even if every one of them failed
            waiting = answer.failed_evaluations.unwrap_or_default();
            if waiting.is_empty() {
                return Ok(());
            }
            warn!(failed = waiting.len(), attempt, "evaluations came back as failed");
            if attempt < ATTEMPTS {
                sleep(wait).await;
                wait *= 2;
            }
        }
        let ids: Vec<_> =
            waiting.iter().take(3).map(|failed| failed.compliance_resource_id.as_str()).collect();
        let reason = format!("came back as failed {ATTEMPTS} times: {}", ids.join(", "));
        Err((AwsError::unexpected(PUT, reason), waiting.len()))
    }

    /// Reads the COMPLIANT and NON_COMPLIANT results that AWS Config stores of a rule.
    ///
    /// # Errors
    ///
    /// A page could not be read: the pages before it are no answer.
    pub async fn stored_results(
        &self,
        config_rule_name: &RuleName,
        until: Instant,
    ) -> Result<Vec<EvaluationResult>, AwsError> {
        const OPERATION: &str = "config:GetComplianceDetailsByConfigRule";
        let call = self
            .config
            .get_compliance_details_by_config_rule()
            .config_rule_name(config_rule_name.as_str())
            .compliance_types(types::ComplianceType::Compliant)
            .compliance_types(types::ComplianceType::NonCompliant)
            .limit(MAX_RESULTS);
        let mut pages = Pages::new(OPERATION, until, call.into_paginator().send());
        let mut stored = Vec::new();
        while let Some(page) = pages.next(|page| more(page.next_token())).await? {
            of_aws(OPERATION, &page)?;
            for result in page.evaluation_results() {
                stored.push(evaluation_result(OPERATION, result)?.1);
            }
        }
        Ok(stored)
    }

    /// Reads the COMPLIANT and NON_COMPLIANT results that AWS Config stores of one resource for one rule.
    ///
    /// # Errors
    ///
    /// A page could not be read.
    pub async fn stored_results_of(
        &self,
        config_rule_name: &RuleName,
        resource_type: &str,
        resource_id: &str,
        until: Instant,
    ) -> Result<Vec<EvaluationResult>, AwsError> {
        const OPERATION: &str = "config:GetComplianceDetailsByResource";
        let call = self
            .config
            .get_compliance_details_by_resource()
            .resource_type(resource_type)
            .resource_id(resource_id)
            .compliance_types(types::ComplianceType::Compliant)
            .compliance_types(types::ComplianceType::NonCompliant);
        let mut pages = Pages::new(OPERATION, until, call.into_paginator().send());
        let mut stored = Vec::new();
        while let Some(page) = pages.next(|page| more(page.next_token())).await? {
            of_aws(OPERATION, &page)?;
            for result in page.evaluation_results() {
                // one result for every rule that evaluated the resource
                let (rule, result) = evaluation_result(OPERATION, result)?;
                stored.extend((rule.as_deref() == Some(config_rule_name.as_str())).then_some(result));
            }
        }
        Ok(stored)
    }
}

/// AWS Config ends a listing with no token, or with an empty one.
fn more(next_token: Option<&str>) -> (bool, Option<&str>) {
    let next_token = next_token.filter(|token| !token.is_empty());
    (next_token.is_some(), next_token)
}

/// The result, with the name of its rule.
fn evaluation_result(
    operation: &'static str,
    result: &types::EvaluationResult,
) -> Result<(Option<String>, EvaluationResult), AwsError> {
    let missing = |what| AwsError::unexpected(operation, format!("a result has no {what}"));
    let qualifier = result
        .evaluation_result_identifier()
        .and_then(|identifier| identifier.evaluation_result_qualifier())
        .ok_or_else(|| missing("identifier"))?;
    let recorded = result.result_recorded_time().ok_or_else(|| missing("recorded time"))?;
    let stored = EvaluationResult {
        resource_type: qualifier.resource_type().ok_or_else(|| missing("resource type"))?.to_owned(),
        resource_id: qualifier.resource_id().ok_or_else(|| missing("resource ID"))?.to_owned(),
        non_compliant: match result.compliance_type() {
            Some(types::ComplianceType::Compliant) => false,
            Some(types::ComplianceType::NonCompliant) => true,
            _ => return Err(missing("compliance type that was asked for")),
        },
        annotation: result.annotation().map(Annotation::parse),
        result_recorded_time: time(operation, recorded)?,
    };
    Ok((qualifier.config_rule_name().map(str::to_owned), stored))
}

/// An evaluation as the SDK sends it.
///
/// # Errors
///
/// The SDK refuses a value.
pub fn wire(evaluation: &Evaluation) -> Result<types::Evaluation, AwsError> {
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
        .map_err(|error| AwsError::unexpected(PUT, error.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use setupkey_rule::evaluation::{IAM_USER, OrderingTimestamp};
    use setupkey_rule::input;

    use super::*;

    fn reported_at(time: &str) -> Option<Result<types::Evaluation, AwsError>> {
        Some(wire(&Evaluation {
            resource_type: IAM_USER.to_owned(),
            resource_id: "AIDAEXAMPLE000000001".to_owned(),
            compliance_type: ComplianceType::Compliant,
            annotation: Annotation::gone(),
            ordering_timestamp: OrderingTimestamp(input::time(time)?),
        }))
    }

    /// A leap second and a year before the epoch were accepted at the door, and made the SDK's type panic.
    #[test]
    fn time_that_is_accepted_was_refused_by_the_sdk() {
        for time in ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"] {
            assert!(reported_at(time).unwrap().is_ok(), "{time}");
        }
        for time in ["2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
            assert!(reported_at(time).is_none(), "{time}");
        }
    }

    proptest! {
        #[test]
        fn every_time_that_is_accepted_can_be_reported(
            time in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,12})?([Zz]|[+-][0-2][0-9]:[0-6][0-9])",
        ) {
            prop_assert!(reported_at(&time).is_none_or(|evaluation| evaluation.is_ok()));
        }
    }
}
