//! What AWS Config charges for evaluations of rules.

/// Evaluations a month and region up to this many, and dollars for each (AWS Config pricing, us-east-1,
/// read 2026-11).
const TIERS: [(f64, f64); 3] = [(100_000.0, 0.001), (500_000.0, 0.0008), (f64::INFINITY, 0.0005)];

/// Days of a month.
const DAYS: u32 = 30;

/// Dollars for so many evaluations in one month and region.
fn dollars(evaluations: f64) -> f64 {
    let mut below = 0.0;
    let mut sum = 0.0;
    for (up_to, price) in TIERS {
        sum += (evaluations.min(up_to) - below).max(0.0) * price;
        below = up_to;
    }
    sum
}

/// What a rule puts, as it was measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Puts {
    /// Evaluations of a run in which every result is due.
    pub(crate) due: usize,
    /// Evaluations of a run in which nothing is due and nothing changed.
    pub(crate) unchanged: usize,
}

impl Puts {
    /// Dollars a month for a rule that runs so many times a day, with every result due every so many days.
    pub(crate) fn dollars_a_month(self, runs_a_day: u32, due_every_days: u32) -> f64 {
        let (runs, due) = (f64::from(DAYS * runs_a_day), f64::from(DAYS / due_every_days));
        dollars(due * self.due as f64 + (runs - due) * self.unchanged as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tier_has_its_price() {
        let cents = |evaluations| (dollars(evaluations) * 100.0).round();
        assert_eq!([50_000.0, 100_000.0, 150_000.0].map(cents), [5_000.0, 10_000.0, 14_000.0]);
        assert_eq!([500_000.0, 3_600_000.0].map(cents), [42_000.0, 197_000.0]);
    }

    #[test]
    fn only_due_results_cost() {
        let puts = Puts { due: 4_000, unchanged: 1 };
        let cents = |runs, days| (puts.dollars_a_month(runs, days) * 100.0).round();
        assert_eq!([cents(24, 30), cents(1, 30)], [472.0, 403.0]);
        // 30 x 4,000 and 690 x 1
        assert_eq!(cents(24, 1), 11_655.0);
    }
}
