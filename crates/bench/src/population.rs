//! The users of an account: three populations, the same on every run. Twenty users repeat; what they are is
//! said here, what a rule makes of them is not.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use setupkey_local_aws::User;

/// How many users have a finding, and how many of the keys that were created with the user are in use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Population {
    /// 5 % of the users are flagged; one in five has a key that was never used. Of five setup keys two were never
    /// used.
    Crowded,
    /// As crowded, but nearly every key in use is a setup key, and flagged users have one in use beside the one that
    /// was never used, created in the same second; in half of them it is listed first. Of eleven setup keys two were
    /// never used.
    InUse,
    /// 0.5 % of the users are flagged; 1 % have a key that was never used.
    Quiet,
}

impl fmt::Display for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crowded => "crowded",
            Self::InUse => "setup keys in use",
            Self::Quiet => "quiet",
        })
    }
}

/// When a key was created.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Made {
    /// 17 seconds after the user.
    AtSetup,
    /// 30 days after the user.
    Later,
}

/// One key of a user: when it was made, whether it was used, whether it is active.
type Key = (Made, bool, bool);

const SETUP_UNUSED: Key = (Made::AtSetup, false, true);
const SETUP_USED: Key = (Made::AtSetup, true, true);
const LATER_UNUSED: Key = (Made::Later, false, true);
const LATER_USED: Key = (Made::Later, true, true);
const LATER_INACTIVE: Key = (Made::Later, true, false);

impl Population {
    pub(crate) const ALL: [Self; 3] = [Self::Crowded, Self::InUse, Self::Quiet];

    /// The mix of keys in an account of this many users.
    pub(crate) fn mix(self, count: usize) -> String {
        let keys = |place| self.credentials(place).1.iter();
        let setup = || (0..count).flat_map(keys).filter(|(made, ..)| *made == Made::AtSetup);
        let (all, used) = (setup().count(), setup().filter(|(_, used, _)| *used).count());
        format!("{all} keys were created with their users, {used} of them are in use")
    }

    /// So many users, the youngest a hundred days old at `now`.
    pub(crate) fn users(self, count: usize, now: DateTime<Utc>) -> Vec<User> {
        (0..count).map(|place| self.user(place, now)).collect()
    }

    fn user(self, place: usize, now: DateTime<Utc>) -> User {
        let age = TimeDelta::days(100 + i64::try_from(place * 37 % 2000).unwrap_or_default());
        let created = now - age;
        let mut user = User::new(format!("user-{place:05}"), created);
        let (has_password, keys) = self.credentials(place);
        if has_password {
            user = user.with_password();
        }
        for (made, used, active) in keys {
            user = user.with_key(match made {
                Made::AtSetup => 17,
                Made::Later => 30 * 86_400,
            });
            if *used {
                user = user.used();
            }
            if !active {
                user = user.inactive();
            }
        }
        user
    }

    /// Whether the user has a console password, and the keys. Of twenty users sixteen have a password, and
    /// these have eight active keys in all (ten in `InUse`): the naive rule makes 44 calls about them (46).
    fn credentials(self, place: usize) -> (bool, &'static [Key]) {
        match (self, place % 20) {
            // flagged
            (Self::Crowded, 0) => (true, &[SETUP_UNUSED]),
            // of one second, so a report does not say which one is in use
            (Self::InUse, 0) if place.is_multiple_of(40) => (true, &[SETUP_USED, SETUP_UNUSED]),
            (Self::InUse, 0) => (true, &[SETUP_UNUSED, SETUP_USED]),
            (Self::Quiet, 0) if place.is_multiple_of(200) => (true, &[SETUP_UNUSED]),
            // never used, but made later
            (Self::InUse, 1) => (true, &[SETUP_USED, LATER_UNUSED]),
            (Self::Crowded | Self::InUse, 1 | 2) => (true, &[LATER_UNUSED]),
            (Self::Quiet, 1) if place % 200 == 101 => (true, &[LATER_UNUSED]),
            // never used, without a password: a machine that was never built
            (Self::Crowded | Self::InUse, 3) => (false, &[SETUP_UNUSED]),
            (Self::Quiet, 3) => (false, &[SETUP_USED]),
            // people who use their key, or did
            (Self::InUse, 0..=6 | 8) => (true, &[SETUP_USED]),
            (_, 0..=6 | 8) => (true, &[LATER_USED]),
            (_, 7) => (true, &[SETUP_USED]),
            (_, 9 | 10) => (true, &[LATER_INACTIVE]),
            // people without a key
            (_, 11..=16) => (true, &[]),
            // machines
            (_, 17) => (false, &[SETUP_USED, LATER_USED]),
            (_, 18) => (false, &[SETUP_USED]),
            (_, _) => (false, &[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use setupkey_local_aws::AccessKeyStatus;

    use super::*;

    fn shares(population: Population) -> (usize, usize, usize) {
        let users = population.users(5_000, DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let never_used = |user: &&User| user.access_keys.iter().any(|key| key.last_used.is_none());
        let flagged = |user: &&User| {
            let at_setup = |after: TimeDelta| after <= TimeDelta::minutes(1);
            let mut keys = user.access_keys.iter();
            user.login_profile.is_some()
                && keys.any(|key| key.last_used.is_none() && at_setup(key.create_date - user.create_date))
        };
        let naive = |user: &User| {
            let active = user.access_keys.iter().filter(|key| key.status == AccessKeyStatus::Active).count();
            if user.login_profile.is_some() { 2 + active } else { 1 }
        };
        let count = |is: &dyn Fn(&&User) -> bool| users.iter().filter(is).count();
        (count(&flagged), count(&never_used), users.iter().map(naive).sum())
    }

    #[test]
    fn the_shares_are_those_that_are_documented() {
        assert_eq!(shares(Population::Crowded), (250, 1_000, 11_000));
        assert_eq!(shares(Population::InUse), (250, 1_000, 11_500));
        assert_eq!(shares(Population::Quiet), (25, 50, 11_000));
        let mixes = Population::ALL.map(|population| population.mix(5_000));
        assert_eq!(mixes[0], "1250 keys were created with their users, 750 of them are in use");
        assert_eq!(mixes[1], "2750 keys were created with their users, 2250 of them are in use");
    }
}
