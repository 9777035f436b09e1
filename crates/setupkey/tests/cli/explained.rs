use crate::binary::{cis_sample, setupkey};

#[test]
fn explanation_has_every_criterion_and_the_remedy() {
    let ran = setupkey(&["explain", "brandon", "--credential-report", "-"], cis_sample().as_bytes());

    assert_eq!(ran.code, 1, "{}", ran.err);
    for criterion in ["setup-and-unused", "setup", "unused", "setup-or-unused"] {
        let line = ran.out.lines().find(|line| line.split_whitespace().next() == Some(criterion)).unwrap();
        assert_eq!(line.matches("NON_COMPLIANT").count(), 2, "{line}");
    }
    assert!(ran.out.contains("aws iam delete-access-key --user-name brandon --access-key-id"), "{}", ran.out);
    assert!(ran.out.contains("0 s after the user"), "{}", ran.out);
}

#[test]
fn exit_code_is_that_of_the_user() {
    let explain = |args: &[&str]| {
        let all = [&["explain"], args, &["--credential-report", "-"]].concat();
        setupkey(&all, cis_sample().as_bytes())
    };
    assert_eq!(explain(&["paras"]).code, 0);
    assert_eq!(explain(&["paras", "--preset", "cis-console"]).code, 1);
    assert_eq!(explain(&["Elise"]).code, 0, "IAM compares names without case");
    assert_eq!(explain(&["arn:aws:iam::111122223333:user/brandon"]).code, 1, "by ARN, too");
    let by_id = explain(&["AIDAYXRZASNFKQHOCPTGD"]);
    assert!(by_id.err.contains("which contains no user IDs"), "{}", by_id.err);
    let nobody = explain(&["nobody"]);
    assert_eq!((nobody.code, nobody.err.as_str()), (2, "error: no user `nobody` in the credential report\n"));
}
