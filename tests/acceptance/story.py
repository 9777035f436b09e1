"""The order of a run. What takes long is begun early and looked at late.

The users come before the rule: its first run has IAM make a credential report, and IAM makes none for four hours after.
"""

from __future__ import annotations

import checks_config as config
import checks_iam as iam
import checks_organization as organization
import checks_pack as pack
import checks_remediation as remediation
import checks_rule as rule

STORY = [
    rule.creates_users,
    rule.deploys,
    rule.runs_when_new,
    config.starts_probe,
    rule.runs_when_asked,
    rule.verdicts,
    rule.every_character,
    rule.event_time,
    rule.reads_everything,
    rule.alerts,
    rule.second_run,
    iam.uses_key,
    remediation.starts_automatic,
    rule.pending_subscription,
    iam.report_is_kept,
    iam.last_rotated,
    iam.reserved_path,
    iam.read_only_policy,
    config.long_annotation,
    config.same_time,
    config.earlier_time,
    config.not_applicable_clears,
    config.not_applicable_listed,
    iam.metrics,
    rule.change_event,
    rule.compliance_event,
    rule.password_later,
    rule.exemption,
    iam.use_shows,
    rule.security_hub,
    remediation.announces,
    remediation.deactivates,
    remediation.from_config,
    remediation.protected,
    remediation.failure_shows,
    remediation.undo,
    remediation.deletes,
    rule.deleted_user,
    iam.event_history,
    rule.advanced_query,
    iam.has_run,
    remediation.failure_rings,
    remediation.announcement_is_no_failure,
    pack.pack,
    pack.name_of_pack_rule,
    pack.parameters_of_pack,
    pack.results_of_pack,
    pack.exceptions_of_pack,
    pack.security_hub_of_pack,
    config.token_life,
    remediation.removes,
]

# In a member account of an organization: what is there is tried, and nothing is deployed.
MEMBER = [
    organization.finds_functions,
    organization.stack_is_current,
    organization.rule_of_pack,
    rule.creates_users,
    rule.runs_when_asked,
    rule.verdicts,
    rule.every_character,
    rule.event_time,
    rule.reads_everything,
    organization.alert_leaves,
    rule.second_run,
    pack.name_of_pack_rule,
    pack.results_of_pack,
    pack.exceptions_of_pack,
    pack.security_hub_of_pack,
]
