#![no_main]

use setupkey_rule::annotation::Annotation;
use setupkey_rule::event::{InvokingEvent, RuleInvocation};
use setupkey_rule::parameters::RuleParameters;
use setupkey_rule::plan::ChangeEvent;

#[path = "../properties.rs"]
#[expect(dead_code, reason = "each target has one of them")]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::event(bytes);
    // what the parser accepts, the SDK's types hold as well
    if let Ok(invocation) = RuleInvocation::parse(&String::from_utf8_lossy(bytes))
        && let InvokingEvent::Change(change) = &invocation.invoking_event
    {
        let parameters = &RuleParameters::default();
        let event = ChangeEvent { change, parameters, previous: None, alerts: false };
        let plan = event.plan_not_applicable(Annotation::gone());
        assert!(plan.first.iter().all(|evaluation| setupkey_aws::wire(evaluation).is_ok()));
    }
});
