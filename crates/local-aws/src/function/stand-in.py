#!/usr/bin/env python3
"""A function without the AWS SDK, for the tests of `Function`: does what its event says."""

import json
import os
import sys
import urllib.request

BASE = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"


def post(path, body, headers={}):
    request = urllib.request.Request(f"{BASE}/{path}", body.encode(), headers)
    assert urllib.request.urlopen(request).status == 202


def list_users():
    scope = f"AKID/20240101/{os.environ['AWS_REGION']}/iam/aws4_request"
    headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"}
    body = b"Action=ListUsers&Version=2010-05-08"
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], body, headers)
    return urllib.request.urlopen(request).read().decode()


if os.environ.get("FAIL_AT_START"):
    post("init/error", json.dumps({"errorType": "Start", "errorMessage": "cannot start"}))
    sys.exit(1)

while True:
    with urllib.request.urlopen(f"{BASE}/invocation/next") as response:
        event, head = response.read().decode(), dict(response.headers)
    print("event:", event, flush=True)
    request_id = head["lambda-runtime-aws-request-id"]
    if event == "exit":
        sys.exit(3)
    elif event == "fail":
        body = json.dumps({"errorMessage": "as told"})
        post(f"invocation/{request_id}/error", body, {"lambda-runtime-function-error-type": "Told"})
    elif event == "list users":
        post(f"invocation/{request_id}/response", list_users())
    elif event == "answer and exit":
        post(f"invocation/{request_id}/response", "null")
        sys.exit(0)
    else:
        post(f"invocation/{request_id}/response", json.dumps({"head": head, "environment": dict(os.environ)}))
