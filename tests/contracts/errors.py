"""Which error codes an operation may answer, and with which HTTP status.

How a protocol writes an error lives in `query.py` and `json_protocol.py`.
"""

from __future__ import annotations

from botocore.model import OperationModel, Shape

from shapes import Violations, show

# Codes any AWS service may answer; the models do not declare them on operations.
COMMON_ERRORS = frozenset(
    """
    AccessDenied AccessDeniedException AuthorizationError ExpiredToken ExpiredTokenException
    IncompleteSignature IncompleteSignatureException InternalError InternalFailure
    InternalServerError InternalServerException InternalServiceError InvalidAction
    InvalidClientTokenId InvalidParameterCombination InvalidParameterValue
    InvalidQueryParameter InvalidSignatureException MalformedHttpRequestException
    MalformedQueryString MissingAction MissingAuthenticationToken
    MissingAuthenticationTokenException MissingParameter NotAuthorized OptInRequired
    RequestAbortedException RequestEntityTooLargeException RequestExpired
    RequestTimeoutException SerializationException ServiceFailure ServiceUnavailable
    ServiceUnavailableException SignatureDoesNotMatch Throttled Throttling
    ThrottlingException TooManyRequestsException UnknownOperationException
    UnrecognizedClientException ValidationError ValidationException
    """.split()
)

# Errors that the API reference describes and the model does not declare, with their status.
UNDECLARED_ERRORS = {
    # older versions of the page of GetAccessKeyLastUsed list it: answered for a key that is gone
    ("GetAccessKeyLastUsed", "NoSuchEntity"): 404,
}


def check_error(
    operation: OperationModel, code: str, status: int, violations: Violations
) -> Shape | None:
    """Check an error's code and status; the shape of a declared error is returned.

    The code compared is the one on the wire (`NoSuchEntity`), not the shape's name
    (`NoSuchEntityException`), wherever the model has both.
    """
    if status < 400:
        violations.add("status", f"neither success nor an error: `{status}`")
    for shape in operation.error_shapes:
        if shape.error_code != code:
            continue
        # Without a status in the model an error of the json protocol is a client error, 400.
        expected = shape.metadata.get("error", {}).get("httpStatusCode", 400)
        if status != expected:
            violations.add("status", f"`{status}` for {code}, which is declared with {expected}")
        return shape
    undeclared = UNDECLARED_ERRORS.get((operation.name, code))
    if undeclared is not None:
        if status != undeclared:
            violations.add("status", f"`{status}` for {code}, which is described with {undeclared}")
    elif code not in COMMON_ERRORS:
        declared = ", ".join(shape.error_code for shape in operation.error_shapes) or "nothing"
        violations.add("code", f"{show(code)} is no common error and not declared ({declared} is)")
    return None
