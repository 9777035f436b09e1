//! Which service and which operation a request asks for, and whether it is signed for that service. Signatures
//! themselves are not verified.

use serde_json::Value;

use crate::error::ServiceError;
use crate::http::Request;
use crate::query;
use crate::service::Service;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) service: Service,
    pub(crate) operation: String,
    pub(crate) parameters: Value,
}

/// What the target header of a service that speaks JSON begins with.
const TARGETS: [(&str, Service); 3] = [
    ("StarlingDoveService.", Service::Config),
    ("CloudTrail_20131101.", Service::CloudTrail),
    // as botocore's model has it
    ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.", Service::CloudTrail),
];

/// Finds the operation: Config and CloudTrail by their target header, the others by the version in the form.
///
/// # Errors
/// If there is no such service, or the body is not of its protocol.
pub(crate) fn asked(request: &Request) -> Result<Asked, ServiceError> {
    if request.method != "POST" || request.path != "/" {
        let asked = format!("{} {}", request.method, request.path);
        return Err(ServiceError::new(
            400,
            "InvalidAction",
            format!("`{asked}` is asked: accepted is POST /"),
        ));
    }
    if let Some(target) = request.headers.get("x-amz-target") {
        return asked_in_json(target, request);
    }
    let parameters = query::parameters(&request.body)?;
    let parameter = |name| query::text(&parameters, name).unwrap_or_default().to_owned();
    let (operation, version) = (parameter("Action"), parameter("Version"));
    let service = match version.as_str() {
        "2010-05-08" => Service::Iam,
        "2011-06-15" => Service::Sts,
        "2010-03-31" => Service::Sns,
        _ => {
            let message = format!("Could not find operation {operation} for version {version}");
            return Err(ServiceError::new(400, "InvalidAction", message));
        }
    };
    Ok(Asked { service, operation, parameters })
}

fn asked_in_json(target: &str, request: &Request) -> Result<Asked, ServiceError> {
    let meant = TARGETS.into_iter().find_map(|(begin, service)| Some((target.strip_prefix(begin)?, service)));
    let Some((operation, service)) = meant else {
        let message = format!("`{target}` is asked: accepted is `StarlingDoveService.OPERATION`");
        return Err(ServiceError::new(400, "UnknownOperationException", message));
    };
    let content_type = request.headers.get("content-type").map(String::as_str).unwrap_or_default();
    if content_type != "application/x-amz-json-1.1" {
        let message = format!("content type `{content_type}`: accepted is `application/x-amz-json-1.1`");
        return Err(ServiceError::new(400, "UnknownOperationException", message));
    }
    let parameters: Value = serde_json::from_str(&request.body)
        .map_err(|error| ServiceError::new(400, "SerializationException", error.to_string()))?;
    Ok(Asked { service, operation: operation.to_owned(), parameters })
}

/// Refuses a request that is not signed, or is signed for another service.
pub(crate) fn authorized(request: &Request, asked: &Asked) -> Result<(), ServiceError> {
    let service = asked.service;
    // a token takes the place of a signature
    if asked.operation == "AssumeRoleWithWebIdentity" {
        return Ok(());
    }
    let authorization = request.headers.get("authorization").map(String::as_str).unwrap_or_default();
    let Some(signed) = authorization.strip_prefix("AWS4-HMAC-SHA256 ") else {
        let message = "Request is missing Authentication Token";
        return Err(ServiceError::new(403, "MissingAuthenticationToken", message));
    };
    if scope(signed).and_then(|scope| scope.split('/').nth(3)) == Some(service.name()) {
        return Ok(());
    }
    let message = format!("Credential should be scoped to correct service: '{}'.", service.name());
    Err(ServiceError::new(403, "SignatureDoesNotMatch", message))
}

/// The access key that a request is signed with; it says whose account is meant.
pub(crate) fn access_key_id(request: &Request) -> &str {
    let authorization = request.headers.get("authorization").map(String::as_str).unwrap_or_default();
    scope(authorization).and_then(|scope| scope.split('/').next()).unwrap_or_default()
}

/// KEY/DATE/REGION/SERVICE/aws4_request (AWS Signature Version 4).
fn scope(authorization: &str) -> Option<&str> {
    authorization.split([',', ' ']).find_map(|part| part.trim().strip_prefix("Credential="))
}
