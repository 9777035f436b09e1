//! The operations of Config (AWS JSON 1.1). Forms, lengths and enumerations of requests are left to the contract
//! tests, which have Config's model; here is what no model says: tokens, test mode, pages, and which results are
//! listed (AWS Config API reference).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

use crate::error::ServiceError;
use crate::evaluations::{ComplianceType, ConfigRule, EvaluationResult};
use crate::json::{read, seconds, time};
use crate::page::page;
use crate::service::Service;
use crate::state::State;

type Answer = Result<Value, ServiceError>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvaluations {
    #[serde(default)]
    evaluations: Vec<Evaluation>,
    result_token: String,
    #[serde(default)]
    test_mode: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Evaluation {
    compliance_resource_type: String,
    compliance_resource_id: String,
    // Config keeps no INSUFFICIENT_DATA, though the model has it
    compliance_type: ComplianceType,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotation: Option<String>,
    ordering_timestamp: Number,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ByConfigRule {
    config_rule_name: String,
    #[serde(default)]
    compliance_types: Vec<ComplianceType>,
    #[serde(default)]
    limit: usize,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ByResource {
    resource_type: String,
    resource_id: String,
    #[serde(default)]
    compliance_types: Vec<ComplianceType>,
    next_token: Option<String>,
}

/// Results of one page unless asked for otherwise (AWS Config API reference, GetComplianceDetailsByConfigRule). For
/// GetComplianceDetailsByResource the reference gives no number.
const PAGE: usize = 10;

/// Answers an operation; `fails` says which resources' evaluations come back as failed.
pub(crate) fn answer(
    operation: &str,
    parameters: &Value,
    state: &mut State,
    fails: impl Fn(&str) -> bool,
) -> Answer {
    match operation {
        "PutEvaluations" => put_evaluations(read(parameters)?, state, fails),
        "GetComplianceDetailsByConfigRule" => by_config_rule(&read(parameters)?, state),
        "GetComplianceDetailsByResource" => by_resource(&read(parameters)?, state),
        _ => Err(ServiceError::unknown_operation(Service::Config, operation)),
    }
}

fn put_evaluations(request: PutEvaluations, state: &mut State, fails: impl Fn(&str) -> bool) -> Answer {
    let PutEvaluations { evaluations, result_token, test_mode } = request;
    let now = state.now();
    let rule = state.config_rules.iter_mut().find(|rule| rule.result_token == result_token);
    if rule.is_none() && (!test_mode || result_token.is_empty()) {
        let message = "The specified ResultToken is invalid.";
        return Err(ServiceError::new(400, "InvalidResultTokenException", message));
    }
    let mut rule = rule.filter(|_| !test_mode);
    let mut failed = Vec::new();
    for evaluation in evaluations {
        if fails(&evaluation.compliance_resource_id) {
            failed.push(evaluation);
        } else if let Some(rule) = &mut rule {
            rule.keep(result(evaluation, now)?);
        }
    }
    Ok(json!({ "FailedEvaluations": failed }))
}

fn result(evaluation: Evaluation, now: DateTime<Utc>) -> Result<EvaluationResult, ServiceError> {
    let timestamp = evaluation.ordering_timestamp;
    let ordering_timestamp = time(&timestamp).ok_or_else(|| {
        ServiceError::new(400, "SerializationException", format!("`{timestamp}` is not a time"))
    })?;
    Ok(EvaluationResult {
        resource_type: evaluation.compliance_resource_type,
        resource_id: evaluation.compliance_resource_id,
        compliance_type: evaluation.compliance_type,
        annotation: evaluation.annotation,
        ordering_timestamp,
        config_rule_invoked_time: Some(now),
        result_recorded_time: now,
    })
}

fn by_config_rule(request: &ByConfigRule, state: &State) -> Answer {
    let name = &request.config_rule_name;
    let rule = state.config_rules.iter().find(|rule| rule.config_rule_name == *name).ok_or_else(|| {
        let message = format!(
            "The ConfigRule '{name}' provided in the request is invalid. Please check the configRule name."
        );
        ServiceError::new(400, "NoSuchConfigRuleException", message)
    })?;
    let limit = if request.limit == 0 { PAGE } else { request.limit };
    let results = rule.results.iter().filter(|result| is_listed(result, &request.compliance_types));
    let results = results
        .map(|result| (format!("{} {}", result.resource_type, result.resource_id), (rule, result)))
        .collect();
    listing("GetComplianceDetailsByConfigRule", results, request.next_token.as_deref(), limit, state)
}

fn by_resource(request: &ByResource, state: &State) -> Answer {
    let of_resource = |result: &&EvaluationResult| {
        result.resource_type == request.resource_type && result.resource_id == request.resource_id
    };
    let results =
        state.config_rules.iter().flat_map(|rule| rule.results.iter().map(move |result| (rule, result)));
    let results = results
        .filter(|(_, result)| of_resource(result) && is_listed(result, &request.compliance_types))
        .map(|(rule, result)| (rule.config_rule_name.clone(), (rule, result)))
        .collect();
    listing("GetComplianceDetailsByResource", results, request.next_token.as_deref(), PAGE, state)
}

/// NOT_APPLICABLE is listed only if it is asked for.
fn is_listed(result: &EvaluationResult, asked: &[ComplianceType]) -> bool {
    match asked {
        [] => result.compliance_type != ComplianceType::NotApplicable,
        asked => asked.contains(&result.compliance_type),
    }
}

fn listing(
    operation: &str,
    results: Vec<(String, (&ConfigRule, &EvaluationResult))>,
    next_token: Option<&str>,
    limit: usize,
    state: &State,
) -> Answer {
    let page = page(results, next_token, limit, operation, &state.behaviour).ok_or_else(|| {
        let message = "The specified next token is invalid.";
        ServiceError::new(400, "InvalidNextTokenException", message)
    })?;
    let mut answer = json!({
        "EvaluationResults": page.items.into_iter().map(|(rule, result)| row(rule, result)).collect::<Vec<_>>()
    });
    let last = state.behaviour.empty_next_token.then(String::new);
    if let (Some(token), Some(members)) = (page.next.or(last), answer.as_object_mut()) {
        members.insert("NextToken".to_owned(), token.into());
    }
    Ok(answer)
}

fn row(rule: &ConfigRule, result: &EvaluationResult) -> Value {
    let mut row = json!({
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": {
                "ConfigRuleName": rule.config_rule_name,
                "ResourceType": result.resource_type,
                "ResourceId": result.resource_id,
                "EvaluationMode": "DETECTIVE",
            },
            "OrderingTimestamp": seconds(result.ordering_timestamp),
        },
        "ComplianceType": result.compliance_type,
        "ResultRecordedTime": seconds(result.result_recorded_time),
        "ConfigRuleInvokedTime": seconds(result.config_rule_invoked_time.unwrap_or(result.result_recorded_time)),
    });
    if let (Some(annotation), Some(members)) = (&result.annotation, row.as_object_mut()) {
        members.insert("Annotation".to_owned(), annotation.clone().into());
    }
    row
}

#[cfg(test)]
mod tests;
