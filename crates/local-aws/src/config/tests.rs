use serde_json::{Value, json};

use crate::client::{Answer, config, start};
use crate::server::LocalAws;

const RULE: &str = r#"{
    "clock": "2024-05-01T12:00:00.5Z",
    "configRules": [{"configRuleName": "keys", "resultToken": "token"},
                    {"configRuleName": "other", "resultToken": "other-token"}]
}"#;

fn evaluation(id: &str, compliance_type: &str) -> Value {
    json!({
        "ComplianceResourceType": "AWS::IAM::User", "ComplianceResourceId": id,
        "ComplianceType": compliance_type, "OrderingTimestamp": 1714564800.25,
    })
}

async fn put(aws: &LocalAws, evaluations: Vec<Value>) -> Answer {
    config(aws, "PutEvaluations", &json!({"Evaluations": evaluations, "ResultToken": "token"})).await
}

async fn details(aws: &LocalAws, more: Value) -> Value {
    let mut request = json!({"ConfigRuleName": "keys"});
    request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let answer = config(aws, "GetComplianceDetailsByConfigRule", &request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn ids(details: &Value) -> Vec<&str> {
    let results = details["EvaluationResults"].as_array().expect("a list");
    let qualifier =
        |result: &'static str| format!("/EvaluationResultIdentifier/EvaluationResultQualifier/{result}");
    results.iter().filter_map(|result| result.pointer(&qualifier("ResourceId"))?.as_str()).collect()
}

#[tokio::test]
async fn a_result_is_reported_and_read_back() {
    let aws = start(RULE).await;
    let mut flagged = evaluation("AIDA1", "NON_COMPLIANT");
    flagged["Annotation"] = "a key".into();
    let answer = put(&aws, vec![flagged]).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"FailedEvaluations": []})));
    assert_eq!(
        details(&aws, json!({})).await,
        json!({"EvaluationResults": [{
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": {"ConfigRuleName": "keys", "ResourceType": "AWS::IAM::User",
                                              "ResourceId": "AIDA1", "EvaluationMode": "DETECTIVE"},
                "OrderingTimestamp": 1714564800.25},
            "ComplianceType": "NON_COMPLIANT", "Annotation": "a key",
            "ResultRecordedTime": 1714564800.5, "ConfigRuleInvokedTime": 1714564800.5}]})
    );
}

#[tokio::test]
async fn the_last_recorded_result_stands() {
    let aws = start(RULE).await;
    let mut older = evaluation("AIDA1", "COMPLIANT");
    older["OrderingTimestamp"] = 1.into();
    put(&aws, vec![evaluation("AIDA1", "NON_COMPLIANT")]).await;
    put(&aws, vec![older]).await;
    let details = details(&aws, json!({})).await;
    assert_eq!(details["EvaluationResults"].as_array().expect("a list").len(), 1);
    assert_eq!(details["EvaluationResults"][0]["ComplianceType"], "COMPLIANT");
}

#[tokio::test]
async fn what_no_result_can_be_is_refused() {
    let aws = start(RULE).await;
    for (member, value) in
        [("ComplianceType", "INSUFFICIENT_DATA"), ("OrderingTimestamp", "2024-05-01T12:00:00Z")]
    {
        let mut refused = evaluation("AIDA1", "COMPLIANT");
        refused[member] = value.into();
        let answer = put(&aws, vec![refused]).await;
        let code = "SerializationException";
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (400, Some(code)), "{answer:?}");
        assert!(answer.head.contains(&format!("x-amzn-errortype: {}", code.to_lowercase())), "{answer:?}");
    }
    assert!(aws.state().config_rules[0].results.is_empty());
}

#[tokio::test]
async fn the_token_has_to_be_that_of_a_rule_unless_it_is_a_test() {
    let aws = start(RULE).await;
    let evaluations = json!([evaluation("AIDA1", "COMPLIANT")]);
    let request = |token: Value, test: bool| json!({"Evaluations": evaluations, "ResultToken": token, "TestMode": test});
    for (token, test, status, code) in [
        (json!("wrong"), false, 400, json!("InvalidResultTokenException")),
        (json!(""), true, 400, json!("InvalidResultTokenException")),
        (json!("TESTMODE"), true, 200, Value::Null),
        (json!("token"), true, 200, Value::Null),
    ] {
        let answer = config(&aws, "PutEvaluations", &request(token, test)).await;
        assert_eq!((answer.status, &answer.json()["__type"]), (status, &code));
    }
    assert!(aws.state().config_rules.iter().all(|rule| rule.results.is_empty()));
}

#[tokio::test]
async fn results_are_listed_by_rule_in_pages() {
    let aws = start(RULE).await;
    let mut evaluations: Vec<Value> =
        (0..12).map(|n| evaluation(&format!("AIDA{n:02}"), "COMPLIANT")).collect();
    evaluations.push(evaluation("AIDA98", "NON_COMPLIANT"));
    evaluations.push(evaluation("AIDA99", "NOT_APPLICABLE"));
    put(&aws, evaluations).await;
    let first = details(&aws, json!({"Limit": 0})).await;
    assert_eq!(ids(&first).len(), 10);
    let second = details(&aws, json!({"NextToken": first["NextToken"]})).await;
    assert_eq!((ids(&second), &second["NextToken"]), (vec!["AIDA10", "AIDA11", "AIDA98"], &Value::Null));
    assert_eq!(ids(&details(&aws, json!({"ComplianceTypes": ["NON_COMPLIANT"]})).await), ["AIDA98"]);
    assert_eq!(ids(&details(&aws, json!({"ComplianceTypes": ["NOT_APPLICABLE"]})).await), ["AIDA99"]);
    let behaviour = |sizes: usize, empty: usize| {
        let behaviour = &mut aws.state().behaviour;
        behaviour.page_sizes.insert("GetComplianceDetailsByConfigRule".to_owned(), sizes);
        behaviour.empty_pages.insert("GetComplianceDetailsByConfigRule".to_owned(), empty);
    };
    behaviour(3, 0);
    assert_eq!(ids(&details(&aws, json!({"Limit": 100})).await).len(), 3);
    behaviour(100, 1);
    let empty = details(&aws, json!({"Limit": 100})).await;
    assert_eq!((ids(&empty).len(), empty["NextToken"].is_string()), (0, true));
    for (bad, code) in [
        (json!({"ConfigRuleName": "gone"}), "NoSuchConfigRuleException"),
        (json!({"NextToken": "nonsense"}), "InvalidNextTokenException"),
    ] {
        let mut request = json!({"ConfigRuleName": "keys"});
        request.as_object_mut().expect("an object").extend(bad.as_object().expect("an object").clone());
        let answer = config(&aws, "GetComplianceDetailsByConfigRule", &request).await;
        assert_eq!((answer.status, answer.json()["__type"].as_str()), (400, Some(code)), "{bad}");
    }
}

#[tokio::test]
async fn results_are_listed_by_resource_over_all_rules() {
    let aws = start(RULE).await;
    put(&aws, vec![evaluation("AIDA1", "NON_COMPLIANT"), evaluation("AIDA2", "COMPLIANT")]).await;
    let other = json!({"Evaluations": [evaluation("AIDA1", "COMPLIANT")], "ResultToken": "other-token"});
    config(&aws, "PutEvaluations", &other).await;
    let resource = json!({"ResourceType": "AWS::IAM::User", "ResourceId": "AIDA1"});
    let answer = config(&aws, "GetComplianceDetailsByResource", &resource).await.json();
    let rows = answer["EvaluationResults"].as_array().expect("a list");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let rule = row.pointer("/EvaluationResultIdentifier/EvaluationResultQualifier/ConfigRuleName");
            (rule.and_then(Value::as_str), row["ComplianceType"].as_str())
        })
        .collect();
    assert_eq!(rows, [(Some("keys"), Some("NON_COMPLIANT")), (Some("other"), Some("COMPLIANT"))]);
}

#[tokio::test]
async fn evaluations_fail_on_request() {
    let aws = start(RULE).await;
    let fault = json!({"operation": "PutEvaluations", "times": 1, "effect": {"failedEvaluations": {"resourceIds": ["AIDA1"]}}});
    aws.state().behaviour.faults.push(serde_json::from_value(fault).expect("a fault"));
    let both = || vec![evaluation("AIDA1", "COMPLIANT"), evaluation("AIDA2", "COMPLIANT")];
    let failed = put(&aws, both()).await.json();
    assert_eq!(failed, json!({"FailedEvaluations": [evaluation("AIDA1", "COMPLIANT")]}));
    assert_eq!(ids(&details(&aws, json!({})).await), ["AIDA2"]);
    assert_eq!(put(&aws, both()).await.json(), json!({"FailedEvaluations": []}));
}
