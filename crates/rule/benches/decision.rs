//! The pure core in an account with 5,000 users: parses the credential report, and decides every user from it as far as
//! that needs no other fact. Run it with `make bench` or `cargo bench -p setupkey-rule`.

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use criterion::Criterion;
use setupkey_rule::decision::next;
use setupkey_rule::facts::UserFacts;
use setupkey_rule::iam::{IamUser, UserId, UserName};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::report::{CredentialReport, ReportAge};

const USERS: usize = 5_000;

/// The columns as AWS writes them (IAM user guide, credential reports).
const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

fn main() -> Result<(), Box<dyn Error>> {
    let generated: DateTime<Utc> = "2026-11-22T06:00:00Z".parse()?;
    let users = users(generated)?;
    let content = content(&users)?;
    let parameters = RuleParameters::parse(None)?;
    let report = CredentialReport::parse(content.as_bytes(), generated, ReportAge::Fresh)?;

    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("parse a report of 5,000 users", |bencher| {
        bencher.iter(|| CredentialReport::parse(black_box(content.as_bytes()), generated, ReportAge::Fresh));
    });
    criterion.bench_function("decide 5,000 users from a fresh report", |bencher| {
        bencher.iter(|| {
            for user in black_box(&users) {
                let reported = report.reported(user, &parameters);
                black_box(next(&UserFacts::new(user.clone(), reported), &parameters, generated));
            }
        });
    });
    criterion.final_summary();
    Ok(())
}

fn users(generated: DateTime<Utc>) -> Result<Vec<IamUser>, Box<dyn Error>> {
    (0..USERS)
        .map(|place| {
            Ok(IamUser {
                user_name: UserName::parse(format!("user-{place:05}"))?,
                user_id: UserId::parse(format!("AIDA{place:017}"))?,
                arn: format!("arn:aws:iam::111122223333:user/user-{place:05}"),
                create_date: generated - TimeDelta::days(i64::try_from(100 + place)?),
            })
        })
        .collect()
}

/// Every user has a password and a key that was created later. One key in five was never used.
fn content(users: &[IamUser]) -> Result<String, std::fmt::Error> {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut content = HEADER.to_owned();
    for (place, user) in users.iter().enumerate() {
        let (name, arn, created) = (&user.user_name, &user.arn, time(user.create_date));
        let key_created = time(user.create_date + TimeDelta::days(30));
        let used = time(user.create_date + TimeDelta::days(60));
        let last_use = if place % 5 == 0 { "N/A,N/A,N/A".to_owned() } else { format!("{used},us-east-1,s3") };
        write!(
            content,
            "\n{name},{arn},{created},true,no_information,{created},N/A,false,true,{key_created},{last_use},\
             false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        )?;
    }
    Ok(content)
}
