//! Which accounts are audited, as which role, and in which order they are written.

use std::collections::{BTreeMap, HashSet};
use std::fs;

use setupkey_aws::{AssumeRole, Caller, OrganizationAccount};

/// A finished account waits for the ones before it while at most this many wait: the output then has the order that
/// was asked for, and an account that hangs holds up the others neither in time nor in memory.
const MAX_WAITING: usize = 256;

/// An account to audit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// The twelve digits.
    pub(crate) account_id: String,
    /// The name in the organization.
    pub(crate) name: Option<String>,
}

impl From<OrganizationAccount> for Target {
    fn from(account: OrganizationAccount) -> Self {
        Self { account_id: account.account_id, name: Some(account.name).filter(|name| !name.is_empty()) }
    }
}

/// The role to assume in each account.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    /// The path and the name, as they stand behind `role/` in the ARN.
    path: String,
    /// How it is assumed.
    pub(crate) assume: AssumeRole,
}

impl Role {
    /// Takes a name with or without a path, `role/NAME`, or the ARN of the role in one of the accounts.
    ///
    /// # Errors
    ///
    /// Anything else, in one line.
    pub(crate) fn parse(given: &str, assume: AssumeRole) -> Result<Self, String> {
        let wrong = || format!("`--role-name` is `{given}`, expected the name or the ARN of an IAM role");
        let name = if given.starts_with("arn:") {
            let mut parts = given.splitn(6, ':').skip(2);
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some("iam"), Some(""), Some(account), Some(resource)) if is_account_id(account) => {
                    resource.strip_prefix("role/").ok_or_else(wrong)?
                }
                _ => return Err(wrong()),
            }
        } else {
            let name = given.trim_start_matches('/');
            name.strip_prefix("role/").unwrap_or(name)
        };
        let accepted = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
        let is_path = !name.is_empty() && name.len() <= 576 && !name.ends_with('/') && !name.starts_with('/');
        if !is_path || !name.chars().all(accepted) {
            return Err(wrong());
        }
        Ok(Self { path: name.to_owned(), assume })
    }

    /// The ARN of the role in an account.
    pub(crate) fn arn(&self, caller: &Caller, account_id: &str) -> String {
        format!("arn:{}:iam::{account_id}:role/{}", caller.partition, self.path)
    }
}

/// Brings what finishes in any order back into the order that was asked for.
#[derive(Debug)]
pub(crate) struct InOrder<T> {
    next: usize,
    waiting: BTreeMap<usize, T>,
}

impl<T> InOrder<T> {
    pub(crate) fn new() -> Self {
        Self { next: 0, waiting: BTreeMap::new() }
    }

    /// Takes what finished at this place, and returns what can be written now.
    pub(crate) fn add(&mut self, place: usize, finished: T) -> Vec<T> {
        if place < self.next {
            // the others no longer waited for it
            return vec![finished];
        }
        self.waiting.insert(place, finished);
        let mut ready = Vec::new();
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() != self.next && self.waiting.len() <= MAX_WAITING {
                break;
            }
            if let Some((place, finished)) = self.waiting.pop_first() {
                self.next = place + 1;
                ready.push(finished);
            }
        }
        ready
    }

    /// Returns what still waits.
    pub(crate) fn rest(self) -> impl Iterator<Item = T> {
        self.waiting.into_values()
    }
}

/// Reads `ID,ID` or the name of a file with one ID per line (or more, separated by commas). Blank lines and what
/// follows a `#` are ignored. An ID that occurs twice counts once.
///
/// # Errors
///
/// There is no such file, no ID, or something that is not an ID; in one line.
pub(crate) fn parse(flag: &str, given: &str) -> Result<Vec<String>, String> {
    let mut seen = HashSet::new();
    let mut accounts = Vec::new();
    let ids: Vec<&str> = given.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if !ids.is_empty() && ids.iter().all(|id| is_account_id(id)) {
        accounts.extend(ids.into_iter().filter(|id| seen.insert(*id)).map(str::to_owned));
        return Ok(accounts);
    }
    let text = fs::read_to_string(given).map_err(|error| {
        format!(
            "`{flag}` is `{given}`, expected comma-separated account IDs of twelve digits, or a file of them: {error}"
        )
    })?;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let ids = line.split('#').next().unwrap_or_default();
        for id in ids.split([',', ' ', '\t']).map(str::trim).filter(|id| !id.is_empty()) {
            if !is_account_id(id) {
                let number = number + 1;
                return Err(format!(
                    "line {number} of `{given}`: `{id}` is not an account ID, expected twelve digits"
                ));
            }
            if seen.insert(id) {
                accounts.push(id.to_owned());
            }
        }
    }
    if accounts.is_empty() {
        return Err(format!("`{given}` has no account IDs"));
    }
    Ok(accounts)
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn in_file(text: &str) -> Result<Vec<String>, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        parse("--accounts", &path).map_err(|error| error.replace(&path, "FILE"))
    }

    #[test]
    fn ids_are_read_once_each() {
        let two = ["111122223333", "444455556666"];
        assert_eq!(parse("--accounts", "111122223333,444455556666").unwrap(), two);
        assert_eq!(parse("--accounts", "111122223333, 444455556666,111122223333,").unwrap(), two);
        assert_eq!(in_file("# ours\n111122223333\r\n\n444455556666 # theirs\n111122223333\n").unwrap(), two);
        assert_eq!(in_file("\u{feff}111122223333,444455556666").unwrap(), two);
    }

    #[test]
    fn anything_else_than_an_id_is_an_error() {
        assert_eq!(
            in_file("111122223333\n44445555666\n").unwrap_err(),
            "line 2 of `FILE`: `44445555666` is not an account ID, expected twelve digits"
        );
        assert_eq!(in_file("# none\n").unwrap_err(), "`FILE` has no account IDs");
        for given in ["", "11112222333", "111122223333,x"] {
            let error = parse("--accounts", given).unwrap_err();
            let expected = format!(
                "`--accounts` is `{given}`, expected comma-separated account IDs of twelve digits, or a file of them: "
            );
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn role_is_a_name_a_path_or_an_arn() {
        let caller = Caller {
            account_id: "111122223333".to_owned(),
            arn: "arn:aws-cn:iam::111122223333:user/auditor".to_owned(),
            partition: "aws-cn".to_owned(),
        };
        for (given, expected) in [
            ("audit", "audit"),
            ("/staff/audit", "staff/audit"),
            ("role/audit", "audit"),
            ("arn:aws:iam::999988887777:role/audit", "audit"),
            ("arn:aws:iam::999988887777:role/staff/audit", "staff/audit"),
        ] {
            let role = Role::parse(given, AssumeRole::default()).unwrap();
            let arn = role.arn(&caller, "444455556666");
            assert_eq!(arn, format!("arn:aws-cn:iam::444455556666:role/{expected}"), "{given}");
        }
        for given in
            ["", "/", "role/", "arn:aws:iam::1:role/x", "arn:aws:iam::999988887777:user/x", "a b", "a:b"]
        {
            let error = Role::parse(given, AssumeRole::default()).unwrap_err();
            assert_eq!(
                error,
                format!("`--role-name` is `{given}`, expected the name or the ARN of an IAM role")
            );
        }
    }

    #[test]
    fn accounts_are_written_in_order_and_one_that_hangs_is_not_waited_for() {
        let mut order = InOrder::new();
        assert!(order.add(1, 1).is_empty());
        assert_eq!(order.add(0, 0), [0, 1]);
        // 2 hangs
        let mut written = Vec::new();
        for place in 3..=3 + MAX_WAITING {
            written.extend(order.add(place, place));
        }
        assert_eq!(written.len(), MAX_WAITING + 1, "all that came after it");
        assert!(written.is_sorted());
        assert_eq!(order.add(2, 2), [2]);
        assert!(order.add(MAX_WAITING + 5, 7).is_empty());
        assert_eq!(order.rest().collect::<Vec<_>>(), [7]);
    }
}
