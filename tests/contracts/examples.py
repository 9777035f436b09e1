"""Exchanges as AWS would have them, for `test_validate.py` to pass and to plant mistakes in.

The answers follow the examples of the AWS API references. The mistakes do not live here.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

VERSIONS = {"iam": "2010-05-08", "sns": "2010-03-31", "sts": "2011-06-15"}
NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
REQUEST_ID = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE"

ALICE = """
<member>
  <Path>/</Path><UserName>alice</UserName><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId>
  <Arn>arn:aws:iam::123456789012:user/alice</Arn>
  <CreateDate>2013-10-04T18:05:44Z</CreateDate>
  <PasswordLastUsed>2024-01-02T03:04:05Z</PasswordLastUsed>
  <Tags><member><Key>team équipe</Key><Value>core</Value></member></Tags>
</member>"""

PUBLISH = [
    ("TopicArn", "arn:aws:sns:eu-west-1:123456789012:keys"),
    ("Message", "a key is old & unused"),
    ("MessageAttributes.entry.1.Name", "user"),
    ("MessageAttributes.entry.1.Value.DataType", "String"),
    ("MessageAttributes.entry.1.Value.StringValue", "alice"),
    ("MessageAttributes.entry.2.Name", "digest"),
    ("MessageAttributes.entry.2.Value.DataType", "Binary"),
    ("MessageAttributes.entry.2.Value.BinaryValue", "AAEC"),
]

EVALUATION = {
    "ComplianceResourceType": "AWS::IAM::User",
    "ComplianceResourceId": "AIDACKCEVSQ6C2EXAMPLE",
    "ComplianceType": "NON_COMPLIANT",
    "Annotation": "key 1 is 91 days old",
    "OrderingTimestamp": 1700000000.25,
}

DETAILS = {
    "EvaluationResults": [
        {
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": {
                    "ConfigRuleName": "keys",
                    "ResourceType": "AWS::IAM::User",
                    "ResourceId": "AIDACKCEVSQ6C2EXAMPLE",
                },
                "OrderingTimestamp": 1700000000,
            },
            "ComplianceType": "COMPLIANT",
            "ResultRecordedTime": 1700000001.5,
            "ConfigRuleInvokedTime": 1700000000.5,
        }
    ],
    "NextToken": "next",
}


def exchange(service: str, operation: str, request: dict, response: dict | None) -> dict:
    """An exchange with a signed request."""
    signature = (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250101/us-east-1/{service}/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0a' * 32}"
    )
    request["headers"]["authorization"] = signature
    return {
        "service": service,
        "operation": operation,
        "request": request,
        "response": response,
        "deliberate": False,
    }


def query(
    service: str, operation: str, parameters: list[tuple[str, str]], status: int, xml: str
) -> dict:
    """An exchange of the query protocol with this XML inside the root of its answer."""
    root = f"{operation}Response" if status == 200 else "ErrorResponse"
    fixed = [("Action", operation), ("Version", VERSIONS[service])]
    request = {
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": urlencode(fixed + parameters),
    }
    body = f'<{root} xmlns="{NAMESPACES[service]}">{xml}</{root}>'
    response = {"status": status, "headers": {"content-type": "text/xml"}, "body": body}
    return exchange(service, operation, request, response)


def result(service: str, operation: str, parameters: list[tuple[str, str]], xml: str) -> dict:
    """An exchange of the query protocol that succeeds with this XML inside its result."""
    wrapped = f"<{operation}Result>{xml}</{operation}Result>"
    metadata = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
    return query(service, operation, parameters, 200, wrapped + metadata)


def query_error(operation: str, parameters: list[tuple[str, str]], status: int, code: str) -> dict:
    """An exchange with iam that fails."""
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>no</Message>"
    xml = f"<Error>{error}</Error><RequestId>{REQUEST_ID}</RequestId>"
    return query("iam", operation, parameters, status, xml)


def config(operation: str, request: dict, status: int, response: dict) -> dict:
    """An exchange of the JSON protocol."""
    content_type = "application/x-amz-json-1.1"
    headers = {"content-type": content_type, "x-amz-target": f"StarlingDoveService.{operation}"}
    return exchange(
        "config",
        operation,
        {"headers": headers, "body": json.dumps(request)},
        {"status": status, "headers": {"content-type": content_type}, "body": json.dumps(response)},
    )


GOOD = {
    "users": result(
        "iam",
        "ListUsers",
        [("MaxItems", "100"), ("PathPrefix", "/")],
        f"<Users>{ALICE}</Users><IsTruncated>true</IsTruncated><Marker>page2</Marker>",
    ),
    "empty page": result(
        "iam", "ListUsers", [], "<IsTruncated>true</IsTruncated><Users/><Marker>p2</Marker>"
    ),
    "keys": result(
        "iam",
        "ListAccessKeys",
        [("UserName", "alice")],
        "<AccessKeyMetadata><member><UserName>alice</UserName>"
        "<AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Active</Status>"
        "<CreateDate>2013-10-04T18:05:44Z</CreateDate></member></AccessKeyMetadata>"
        "<IsTruncated>false</IsTruncated>",
    ),
    "key never used": result(
        "iam",
        "GetAccessKeyLastUsed",
        [("AccessKeyId", "AKIAIOSFODNN7EXAMPLE")],
        "<UserName>alice</UserName><AccessKeyLastUsed><ServiceName>N/A</ServiceName>"
        "<Region>N/A</Region></AccessKeyLastUsed>",
    ),
    "login": result(
        "iam",
        "GetLoginProfile",
        [("UserName", "alice")],
        "<LoginProfile><UserName>alice</UserName><CreateDate>2013-10-04T18:05:44Z</CreateDate>"
        "<PasswordResetRequired>false</PasswordResetRequired></LoginProfile>",
    ),
    "no login": query_error("GetLoginProfile", [("UserName", "bob")], 404, "NoSuchEntity"),
    "throttled": query_error(
        "GetAccessKeyLastUsed", [("AccessKeyId", "A" * 16)], 400, "Throttling"
    ),
    "policy": result(
        "iam",
        "SimulateCustomPolicy",
        [
            ("PolicyInputList.member.1", "{}"),
            ("ActionNames.member.1", "iam:A"),
            ("ActionNames.member.2", "iam:B"),
        ],
        "",
    ),
    "no output": query(
        "iam",
        "TagUser",
        [("UserName", "bob"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "")],
        200,
        f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>",
    ),
    "attributes": result(
        "sns",
        "GetTopicAttributes",
        [("TopicArn", "arn:aws:sns:eu-west-1:123456789012:keys")],
        "<Attributes><entry><key>Owner</key><value>123456789012</value></entry></Attributes>",
    ),
    "publish": result(
        "sns", "Publish", PUBLISH, "<MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId>"
    ),
    "caller": result(
        "sts",
        "GetCallerIdentity",
        [],
        "<Arn>arn:aws:iam::123456789012:user/Alice</Arn>"
        "<UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>123456789012</Account>",
    ),
    "evaluations": config(
        "PutEvaluations",
        {"Evaluations": [EVALUATION], "ResultToken": "token", "TestMode": True},
        200,
        {"FailedEvaluations": []},
    ),
    "bad token": config(
        "PutEvaluations",
        {"ResultToken": "token"},
        400,
        {"__type": "com.amazonaws.config#InvalidResultTokenException", "message": "bad token"},
    ),
    "details": config(
        "GetComplianceDetailsByConfigRule", {"ConfigRuleName": "keys", "Limit": 100}, 200, DETAILS
    ),
}
