//! The story of `make demo`: both functions on one account, from the first finding to the last.

use serde_json::json;
use setupkey_local_aws::ComplianceType::{Compliant, NonCompliant, NotApplicable};
use setupkey_local_aws::{ComplianceType, State};
use setupkey_tests::{
    Scene, actions, answer, assert_success, exemption, notice_tag, start_remediation, user_in, workspace,
};

#[track_caller]
fn assert_results(scene: &Scene, expected: [(&str, ComplianceType); 3]) {
    let results = scene.results();
    let results: Vec<_> = results.iter().map(|(name, (verdict, _))| (name.as_str(), *verdict)).collect();
    assert_eq!(results, expected);
}

/// anitha's key that was created with the user: the other one was created later.
fn setup_key(scene: &Scene) -> String {
    let keys = user_in(&mut scene.aws.state(), "anitha").access_keys.clone();
    keys.into_iter().min_by_key(|key| key.create_date).unwrap().access_key_id
}

#[tokio::test]
async fn findings_are_exempt_flagged_again_remediated_and_resolved() {
    let sample = State::from_file(workspace().join("crates/local-aws/examples/cis-sample.json")).unwrap();
    let mut scene = Scene::new(&sample.users).await;
    let guards = [("MINIMUM_NOTICE_DAYS".to_owned(), "1".to_owned())];
    let mut remediation = start_remediation(&scene.aws, &guards).await;

    assert_success(&scene.run(0).await);
    assert_results(&scene, [("anitha", NonCompliant), ("brandon", NonCompliant), ("paras", Compliant)]);
    assert_eq!(scene.alerted(), [["anitha", "brandon"]]);

    user_in(&mut scene.aws.state(), "brandon").tags.extend(exemption("2026-12-12"));
    assert_success(&scene.run(1).await);
    assert_results(&scene, [("anitha", NonCompliant), ("brandon", NotApplicable), ("paras", Compliant)]);

    assert_success(&scene.run(21 * 24).await);
    assert_results(&scene, [("anitha", NonCompliant), ("brandon", NonCompliant), ("paras", Compliant)]);
    assert_eq!(scene.alerted()[2..], [["brandon"]]);

    user_in(&mut scene.aws.state(), "brandon").access_keys.clear();
    for (mode, action) in
        [("dry-run", "would-announce"), ("deactivate", "announced"), ("deactivate", "deactivated")]
    {
        if action == "deactivated" {
            let key = format!("setup-key-notice:{}", setup_key(&scene));
            user_in(&mut scene.aws.state(), "anitha").tags.insert(key, notice_tag(25));
        }
        let request = json!({"resourceId": scene.user_id("anitha"), "mode": mode}).to_string();
        let actions = actions(&answer(&remediation.invoke(&request).await));
        assert_eq!(actions, [(setup_key(&scene), action.to_owned())]);
    }
    assert_success(&scene.run(22 * 24).await);
    assert_results(&scene, [("anitha", Compliant), ("brandon", Compliant), ("paras", Compliant)]);
    assert_eq!(
        scene.messages().len(),
        5,
        "three digests, a notice and a deactivation: resolved findings alone send nothing"
    );
}
