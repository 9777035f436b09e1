//! An error as a service answers it: status, code, message. How it is written is the protocol's
//! business; this holds the codes that more than one operation answers.

use crate::service::Service;

/// An error that a service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub(crate) fn throttled(service: Service) -> Self {
        let (status, code) = match service {
            Service::Iam | Service::Sts => (400, "Throttling"),
            Service::Config | Service::CloudTrail => (400, "ThrottlingException"),
            Service::Sns => (429, "Throttled"),
        };
        Self::new(status, code, "Rate exceeded")
    }

    pub(crate) fn access_denied(service: Service, operation: &str) -> Self {
        let (status, code) = match service {
            Service::Iam | Service::Sts => (403, "AccessDenied"),
            Service::Config | Service::CloudTrail => (400, "AccessDeniedException"),
            Service::Sns => (403, "AuthorizationError"),
        };
        let action = format!("{}:{operation}", service.name());
        Self::new(status, code, format!("User is not authorized to perform: {action}"))
    }

    pub(crate) fn service_failure(service: Service) -> Self {
        let code = match service {
            Service::Iam => "ServiceFailure",
            Service::Config | Service::CloudTrail | Service::Sts => "InternalFailure",
            Service::Sns => "InternalError",
        };
        Self::new(500, code, "The request processing has failed because of an unknown error")
    }

    pub(crate) fn unknown_operation(service: Service, operation: &str) -> Self {
        let code = if service.speaks_json() { "UnknownOperationException" } else { "InvalidAction" };
        let message = format!("local AWS does not know the operation `{operation}` of {}", service.name());
        Self::new(400, code, message)
    }
}
