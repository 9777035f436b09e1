"""The mistakes `test_validate.py` plants in `examples.py`, and what must be reported of each.

In bodies: the good example, what in it is replaced by what, and a part of the report.
"""

from __future__ import annotations

import json

from examples import EVALUATION, GOOD

EVALUATION_JSON = json.dumps(EVALUATION)

MISTAKES_IN_REQUESTS = [
    # query: the frame
    ("users", "Action=ListUsers", "Action=ListRoles", "Action: `ListUsers` expected"),
    ("users", "2010-05-08", "2010-05-09", "Version: `2010-05-08` expected"),
    ("users", "MaxItems=100", "MaxItems", "not form parameters"),
    ("users", "MaxItems=100", "MaxItems=1&MaxItems=2", "MaxItems: given twice"),
    # query: values
    ("users", "MaxItems", "Limit", "Limit: unknown member of ListUsersRequest"),
    ("users", "MaxItems=100", "MaxItems=1001", "MaxItems: `1001` is more than the maximum of 1000"),
    ("users", "MaxItems=100", "MaxItems=0", "MaxItems: `0` is less than the minimum of 1"),
    ("users", "MaxItems=100", "MaxItems=ten", "MaxItems: integer expected, got `'ten'`"),
    ("users", "MaxItems=100", "MaxItems.member.1=100", "MaxItems: integer expected"),
    ("users", "MaxItems=100", "Marker=", "Marker: 0 characters is less than the minimum of 1"),
    ("users", "%2F", "x", "PathPrefix: `'x'` does not match the pattern"),
    ("key never used", "AKIAIOSFODNN7EXAMPLE", "AKIA-OSFODNN7EXAMPLE", "AccessKeyId: `'AKIA-"),
    ("keys", "alice", "%C3%A9ric", "UserName: `'éric'` does not match"),
    # query: lists and maps
    ("policy", "ActionNames.member.2", "ActionNames.member.3", "ActionNames.member: indexes"),
    ("policy", "ActionNames.member.2", "ActionNames.member.02", "ActionNames.member: indexes"),
    ("policy", "member.1=%7B%7D", "member.0=%7B%7D", "PolicyInputList.member: indexes"),
    ("policy", "PolicyInputList.member", "PolicyInputList", "1: unknown parameter, `member`"),
    (
        "policy",
        "PolicyInputList.member.1=",
        "PolicyInputList=",
        "a list (SimulationPolicyListType)",
    ),
    ("no output", "Tags.member.1.Value=", "MaxItems=1", "Tags[0].Value: required member"),
    ("publish", "entry.2.", "entry.3.", "MessageAttributes.entry: indexes"),
    ("publish", "entry.2.Name", "entry.2.key", "entry.2: Name and Value expected"),
    ("publish", "Name=digest", "Name=user", "MessageAttributes.entry: a key of its own"),
    ("publish", "entry.1.Value.DataType", "entry.1.Value.Type", "['user'].DataType: required"),
    ("publish", "BinaryValue=AAEC", "BinaryValue=A", "BinaryValue: base64 expected"),
    # json
    ("evaluations", '"ResultToken": "token", ', "", "ResultToken: required member"),
    ("evaluations", '"ResultToken": "token"', '"ResultToken": null', "json string expected"),
    ("evaluations", "key 1 is", "k" * 245, "257 characters is more than the maximum of 256"),
    ("evaluations", EVALUATION["Annotation"], "", "Evaluations[0].Annotation: 0 characters"),
    ("evaluations", EVALUATION_JSON, ", ".join([EVALUATION_JSON] * 101), "Evaluations: 101 elem"),
    ("evaluations", "TestMode", "Testmode", "Testmode: unknown member of PutEvaluationsRequest"),
    ("evaluations", "true", '"true"', "TestMode: json boolean expected, got `'true'`"),
    ("evaluations", "NON_COMPLIANT", "NONCOMPLIANT", "ComplianceType: `'NONCOMPLIANT'` is none of"),
    ("evaluations", "1700000000.25", '"2023-11-14T22:13:20Z"', "json number of seconds expected"),
    ("evaluations", "1700000000.25", "1700000000250", "OrderingTimestamp: a timestamp in seconds"),
    ("evaluations", f"[{EVALUATION_JSON}]", EVALUATION_JSON, "Evaluations: a list"),
    ("evaluations", EVALUATION_JSON, "7", "Evaluations[0]: a structure (Evaluation) expected"),
    ("evaluations", '"TestMode"', '"ResultToken"', "not json (duplicate name `ResultToken`)"),
    ("evaluations", "1700000000.25", "true", "OrderingTimestamp: json number of seconds"),
    ("evaluations", "true", "1", "TestMode: json boolean expected, got `1`"),
    ("details", "100", "1e2", "Limit: json integer expected"),
    ("details", "100", "4294967296", "Limit: 32 bits expected"),
    ("details", "100", "101", "Limit: `101` is more than the maximum of 100"),
    ("details", "}", "", "not json"),
]

MISTAKES_IN_HEADERS = [
    ("details", "x-amz-target", "StarlingDoveService.PutEvaluations", "x-amz-target: `Starling"),
    ("details", "content-type", "application/json", "content-type: `application/x-amz-json-1.1`"),
    ("users", "content-type", "application/json", "content-type: `application/x-www-form"),
    ("users", "authorization", "", "authorization: signature version 4 expected"),
    ("users", "authorization", GOOD["publish"]["request"]["headers"]["authorization"], "`iam` exp"),
]

MISTAKES_IN_ANSWERS = [
    # query: the frame
    ("users", "</Users>", "", "not xml"),
    ("users", "https://iam", "http://iam", "namespace `'http://iam"),
    ("users", "ListUsersResponse", "ListUserResponse", "root element `ListUsersResponse` expected"),
    ("users", "ListUsersResult", "Result", "ListUsersResult: one element expected, got 0"),
    ("users", "RequestId", "RequestID", "ResponseMetadata.RequestId: required element"),
    (
        "no output",
        "<ResponseMeta",
        "<TagUserResult/><ResponseMeta",
        "TagUserResult: unknown element",
    ),
    # query: values
    ("users", "<Marker>page2</Marker>", "<Markers/>", "Markers: unknown member of ListUsersResp"),
    ("users", "<Path>", "<Path>/</Path><Path>", "Users[0].Path: element occurs 2 times"),
    ("users", "Arn>", "ARN>", "Users[0].Arn: required member of User is missing"),
    ("users", "<Users>", "<Users><item/>", "Users.item: unknown element, `member` expected"),
    ("users", "<Path>", "alice<Path>", "text between elements"),
    ("users", "<Path>", '<Path kind="x">', "Path: unknown attributes"),
    ("users", "2013-10-04T18:05:44Z", "2013-10-04 18:05:44", "CreateDate: an iso8601 timestamp"),
    ("users", "2013-10-04T18:05:44Z", "2013-02-30T18:05:44Z", "timestamp that exists expected"),
    ("users", "true", "True", "IsTruncated: `true` or `false` expected, got `'True'`"),
    ("users", "team équipe", "team!", "Key: `'team!'` does not match the pattern"),
    ("users", "<UserName>alice</UserName>", "<UserName><b/></UserName>", "string expected"),
    ("keys", "AKIAIOSFODNN7EXAMPLE", "AKIA:OSFODNN7EXAMPLE", "AccessKeyId: `'AKIA:"),
    ("keys", "AKIAIOSFODNN7EXAMPLE", "AKIA", "AccessKeyId: 4 characters is less"),
    ("keys", "Active", "active", "AccessKeyMetadata[0].Status: `'active'` is none of Active,"),
    ("attributes", "<key>", "<Key/><key>", "Attributes: entries of key and value expected"),
    # query: errors
    ("no login", "NoSuchEntity", "NoSuchUser", "code: `'NoSuchUser'` is no common error"),
    ("no login", "NoSuchEntity", "NoSuchEntityException", "code: `'NoSuchEntityException'`"),
    ("no login", "Sender", "Receiver", "Error.Type: Sender expected"),
    ("no login", "Sender", "sender", "Error.Type: Sender expected"),
    ("no login", "Message>", "message>", "Error.Message: required element"),
    ("no login", "RequestId>", "Id>", "RequestId: required element"),
    ("no login", "<Error>", "<Error/><Error>", "Error: one element expected, got 2"),
    ("no login", "</Error>", "<Fault/></Error>", "Error.Fault: unknown element"),
    # json
    ("evaluations", "FailedEvaluations", "Failed", "Failed: unknown member of PutEvaluationsResp"),
    ("details", "COMPLIANT", "Compliant", "EvaluationResults[0].ComplianceType: `'Compliant'`"),
    ("details", '"keys"', '" "', "ConfigRuleName: `' '` does not match the pattern"),
    ("bad token", "InvalidResultToken", "InvalidToken", "code: `'InvalidTokenException'`"),
    ("bad token", "__type", "code", "__type: an object with the type of the error expected"),
    ("bad token", '"message"', '"detail"', "message: one message or Message expected"),
    ("bad token", '"message"', '"a": 1, "message"', "a: unknown member of error"),
]

MISTAKES_IN_STATUS = [
    ("no login", 400, "status: `400` for NoSuchEntity, which is declared with 404"),
    ("bad token", 500, "status: `500` for InvalidResultTokenException, which is declared with 400"),
    ("throttled", 302, "status: neither success nor an error: `302`"),
    ("users", 500, "root element `ErrorResponse` expected"),
]

NOT_EXCHANGES = [
    ("{", "not an exchange"),
    ("[]", "an object of deliberate, operation, request, response, service expected"),
    (json.dumps({**GOOD["users"], "service": "s3"}), "service `'s3'` is none of"),
    (json.dumps({**GOOD["users"], "operation": "ListUser"}), "iam has no operation `'ListUser'`"),
    (json.dumps({**GOOD["users"], "deliberate": "no"}), "deliberate is no boolean"),
    (json.dumps({**GOOD["users"], "request": None}), "an object of headers, body expected"),
    (json.dumps({**GOOD["users"], "response": {"status": 200}}), "headers, body, status expected"),
]
