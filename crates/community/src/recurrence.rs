//! On which days a programme takes place. To be replaced by helper koyomi's rule within the hour.
#![allow(missing_docs)]
use jiff::civil::{Date, Time};
use office::calendar::Opening;
use serde::{Deserialize, Serialize};
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub from: Date,
    pub starts: Time,
    pub minutes: u16,
}
impl Rule {
    pub fn days(&self, from: Date, to: Date, _opening: &Opening) -> Vec<Date> {
        let weeks = self.from.series(jiff::Span::new().weeks(1));
        weeks
            .skip_while(|day| *day < from)
            .take_while(|day| *day <= to)
            .collect()
    }
}
