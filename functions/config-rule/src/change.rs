//! A change event: decides one user, and reports at most one evaluation.

use setupkey_rule::annotation::Annotation;
use setupkey_rule::decision::Outcome;
use setupkey_rule::evaluation::IAM_USER;
use setupkey_rule::event::{Change, Subject};
use setupkey_rule::iam::{UserId, UserName};
use setupkey_rule::plan::{ChangeEvent, Plan};
use tracing::info;

use crate::delivery::deliver;
use crate::run::{ErrorType, Run};

/// Evaluates the user of a change event. The configuration item holds neither keys nor password, so everything that
/// matters is read from IAM.
pub(crate) async fn evaluate_change(run: &mut Run<'_>, change: &Change) {
    let plan = match &change.subject {
        Subject::NotApplicable { reason } => {
            event(run, change).plan_not_applicable(Annotation::not_applicable(reason))
        }
        Subject::User { user_id, user_name } => evaluate(run, change, user_id, user_name).await,
    };
    deliver(run, &plan).await;
    let evaluations = run.metrics.evaluations;
    info!(resource_id = %change.resource_id, evaluations, "one resource evaluated");
}

fn event<'a>(run: &'a Run<'_>, change: &'a Change) -> ChangeEvent<'a> {
    let alerts = run.topic_arn.is_some();
    ChangeEvent { change, parameters: &run.parameters, previous: None, alerts }
}

async fn evaluate(run: &mut Run<'_>, change: &Change, user_id: &UserId, user_name: &UserName) -> Plan {
    run.metrics.users = 1;
    let (user, outcome) = run.aws.decide_by_id(user_id, user_name, run.reading(None)).await;
    if let Outcome::NotRead(not_read) = &outcome {
        run.count_not_read([not_read]);
    }
    let (Some(user), Outcome::Decided(decision)) = (&user, &outcome) else {
        return event(run, change).plan_without_user(&outcome);
    };
    let previous = if decision.is_in_scope() {
        let (rule, until) = (&run.invocation.config_rule_name, run.deadlines.read);
        let stored = run.aws.stored_results_of(rule, IAM_USER, user_id.as_str(), until).await;
        stored.map_err(|error| {
            let message = format!("stored result not read, the alert is left to the next run: {error}");
            run.failures.add(ErrorType::PreviousResultsUnread, message);
        })
    } else {
        Ok(Vec::new())
    };
    let previous = previous.ok();
    ChangeEvent { previous: previous.as_deref(), ..event(run, change) }.plan(user, decision)
}
