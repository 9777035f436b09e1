//! The operations of Config (AWS JSON 1.1): what they accept, refuse and answer. Limits are those of the
//! AWS Config API reference for each operation. What Config holds is in `evaluations`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

use crate::error::ServiceError;
use crate::evaluations::{ComplianceType, ConfigRule, EvaluationResult};
use crate::json::{read, seconds, time};
use crate::page::page;
use crate::request::Service;
use crate::state::State;

type Answer = Result<Value, ServiceError>;

/// Some of the types that Config knows: the ones that a rule of this project, or a test, may name.
const RESOURCE_TYPES: [&str; 10] = [
    "AWS::::Account",
    "AWS::EC2::Instance",
    "AWS::EC2::SecurityGroup",
    "AWS::IAM::Group",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::User",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutEvaluations {
    evaluations: Option<Vec<Evaluation>>,
    result_token: Option<String>,
    test_mode: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Evaluation {
    compliance_resource_type: Option<String>,
    compliance_resource_id: Option<String>,
    compliance_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotation: Option<String>,
    ordering_timestamp: Option<Number>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ByConfigRule {
    config_rule_name: Option<String>,
    compliance_types: Option<Vec<String>>,
    limit: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ByResource {
    resource_type: Option<String>,
    resource_id: Option<String>,
    compliance_types: Option<Vec<String>>,
    next_token: Option<String>,
}

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
    let evaluations = request.evaluations.unwrap_or_default();
    let token = request.result_token.ok_or_else(|| ServiceError::missing(Service::Config, "resultToken"))?;
    if evaluations.len() > 100 {
        return Err(constraint("[...]", "evaluations", "have length less than or equal to 100"));
    }
    let now = state.now();
    let read = |(place, evaluation)| Ok((result(place, &evaluation, now)?, evaluation));
    let read: Result<Vec<(EvaluationResult, Evaluation)>, ServiceError> =
        evaluations.into_iter().enumerate().map(read).collect();
    let test_mode = request.test_mode.unwrap_or_default();
    let rule = state.config_rules.iter_mut().find(|rule| rule.result_token == token);
    let (read, mut rule) = (read?, rule.filter(|_| !test_mode));
    if rule.is_none() && (!test_mode || token.is_empty()) {
        return Err(ServiceError::new(
            400,
            "InvalidResultTokenException",
            "The specified ResultToken is invalid.",
        ));
    }
    let mut failed = Vec::new();
    for (result, evaluation) in read {
        if fails(&result.resource_id) {
            failed.push(evaluation);
        } else if let Some(rule) = &mut rule {
            rule.keep(result);
        }
    }
    Ok(json!({ "FailedEvaluations": failed }))
}

fn result(
    place: usize,
    evaluation: &Evaluation,
    now: DateTime<Utc>,
) -> Result<EvaluationResult, ServiceError> {
    let at = |member: &str| format!("evaluations.{}.member.{member}", place + 1);
    let missing = |member: &str| ServiceError::missing(Service::Config, &at(member));
    let resource_type =
        evaluation.compliance_resource_type.as_deref().ok_or_else(|| missing("complianceResourceType"))?;
    let resource_id =
        evaluation.compliance_resource_id.as_deref().ok_or_else(|| missing("complianceResourceId"))?;
    let compliance_type = evaluation.compliance_type.as_deref().ok_or_else(|| missing("complianceType"))?;
    let timestamp = evaluation.ordering_timestamp.as_ref().ok_or_else(|| missing("orderingTimestamp"))?;
    length(resource_type, 256, &at("complianceResourceType"))?;
    length(resource_id, 768, &at("complianceResourceId"))?;
    if let Some(annotation) = &evaluation.annotation {
        length(annotation, 256, &at("annotation"))?;
    }
    let Some(compliance_type) = known_compliance_type(compliance_type, &at("complianceType"))? else {
        let message = "ComplianceType INSUFFICIENT_DATA is not accepted: accepted are COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE";
        return Err(invalid_value(message));
    };
    if !RESOURCE_TYPES.contains(&resource_type) {
        let known = RESOURCE_TYPES.join(", ");
        return Err(invalid_value(&format!("The resource type {resource_type} is not one of: {known}")));
    }
    let ordering_timestamp = time(timestamp).ok_or_else(|| {
        ServiceError::new(400, "SerializationException", format!("`{timestamp}` is not a time"))
    })?;
    Ok(EvaluationResult {
        resource_type: resource_type.to_owned(),
        resource_id: resource_id.to_owned(),
        compliance_type,
        annotation: evaluation.annotation.clone(),
        ordering_timestamp,
        config_rule_invoked_time: Some(now),
        result_recorded_time: now,
    })
}

fn by_config_rule(request: &ByConfigRule, state: &State) -> Answer {
    let name = request
        .config_rule_name
        .as_deref()
        .ok_or_else(|| ServiceError::missing(Service::Config, "configRuleName"))?;
    length(name, 64, "configRuleName")?;
    let limit = match request.limit.unwrap_or_default() {
        // the default (AWS Config API reference, GetComplianceDetailsByConfigRule)
        0 => 10,
        limit @ 1..=100 => usize::try_from(limit).unwrap_or_default(),
        limit => return Err(constraint(&limit.to_string(), "limit", "have value from 0 to 100")),
    };
    let wanted = wanted(request.compliance_types.as_deref())?;
    let rule = state.config_rules.iter().find(|rule| rule.config_rule_name == name).ok_or_else(|| {
        let message = format!(
            "The ConfigRule '{name}' provided in the request is invalid. Please check the configRule name."
        );
        ServiceError::new(400, "NoSuchConfigRuleException", message)
    })?;
    let results = rule.results.iter().filter(|result| wanted.contains(&result.compliance_type));
    let results = results
        .map(|result| (format!("{} {}", result.resource_type, result.resource_id), (rule, result)))
        .collect();
    listing("GetComplianceDetailsByConfigRule", results, request.next_token.as_deref(), limit, state)
}

fn by_resource(request: &ByResource, state: &State) -> Answer {
    let (Some(resource_type), Some(resource_id)) = (&request.resource_type, &request.resource_id) else {
        return Err(invalid_value("ResourceType and ResourceId are required"));
    };
    length(resource_type, 256, "resourceType")?;
    length(resource_id, 768, "resourceId")?;
    let wanted = wanted(request.compliance_types.as_deref())?;
    let results =
        state.config_rules.iter().flat_map(|rule| rule.results.iter().map(move |result| (rule, result)));
    let results = results
        .filter(|(_, result)| result.resource_type == *resource_type && result.resource_id == *resource_id)
        .filter(|(_, result)| wanted.contains(&result.compliance_type))
        .map(|(rule, result)| (rule.config_rule_name.clone(), (rule, result)))
        .collect();
    // the reference gives no size: the one of the other listing
    listing("GetComplianceDetailsByResource", results, request.next_token.as_deref(), 10, state)
}

/// The compliance types to list. NOT_APPLICABLE is listed only if it is asked for.
fn wanted(asked: Option<&[String]>) -> Result<Vec<ComplianceType>, ServiceError> {
    let asked = asked.unwrap_or_default();
    if asked.len() > 3 {
        return Err(constraint("[...]", "complianceTypes", "have length less than or equal to 3"));
    }
    if asked.is_empty() {
        return Ok(vec![ComplianceType::Compliant, ComplianceType::NonCompliant]);
    }
    let known = asked.iter().map(|asked| known_compliance_type(asked, "complianceTypes"));
    Ok(known.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// `None` is INSUFFICIENT_DATA, which no result ever is.
fn known_compliance_type(text: &str, at: &str) -> Result<Option<ComplianceType>, ServiceError> {
    match text {
        "COMPLIANT" => Ok(Some(ComplianceType::Compliant)),
        "NON_COMPLIANT" => Ok(Some(ComplianceType::NonCompliant)),
        "NOT_APPLICABLE" => Ok(Some(ComplianceType::NotApplicable)),
        "INSUFFICIENT_DATA" => Ok(None),
        _ => Err(constraint(
            &format!("'{text}'"),
            at,
            "satisfy enum value set: [INSUFFICIENT_DATA, NON_COMPLIANT, NOT_APPLICABLE, COMPLIANT]",
        )),
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
    if let (Some(token), Some(members)) = (page.next, answer.as_object_mut()) {
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

fn length(text: &str, longest: usize, at: &str) -> Result<(), ServiceError> {
    match text.chars().count() {
        0 => Err(constraint("''", at, "have length greater than or equal to 1")),
        long if long > longest => {
            Err(constraint(&format!("'{text}'"), at, &format!("have length less than or equal to {longest}")))
        }
        _ => Ok(()),
    }
}

fn constraint(value: &str, at: &str, constraint: &str) -> ServiceError {
    ServiceError::constraint(Service::Config, value, at, constraint)
}

fn invalid_value(message: &str) -> ServiceError {
    ServiceError::new(400, "InvalidParameterValueException", message)
}

#[cfg(test)]
mod tests;
