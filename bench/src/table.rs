//! The figures, as they are printed and kept.

use std::fmt::Write as _;

/// What a figure should be.
#[derive(Clone, Copy)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Only told.
    None,
}

struct Row {
    what: String,
    figure: f64,
    unit: &'static str,
    target: Target,
    how: String,
}

/// All figures of a run.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a figure and prints it at once.
    pub fn add(
        &mut self,
        what: impl Into<String>,
        figure: f64,
        unit: &'static str,
        target: Target,
        how: impl Into<String>,
    ) {
        let row = Row {
            what: what.into(),
            figure,
            unit,
            target,
            how: how.into(),
        };
        println!(
            "{}: {} {} ({})",
            row.what,
            number(row.figure),
            row.unit,
            row.how
        );
        self.0.push(row);
    }

    pub fn fell_short(&self) -> bool {
        self.0.iter().any(|row| !row.holds())
    }

    /// As a page shows it.
    pub fn markdown(&self) -> String {
        let mut text =
            String::from("| what | measured | target | | how |\n|---|---|---|---|---|\n");
        for row in &self.0 {
            let (target, mark) = match row.target {
                Target::AtLeast(least) => (format!("≥ {}", number(least)), row.mark()),
                Target::AtMost(most) => (format!("≤ {}", number(most)), row.mark()),
                Target::None => ("–".to_owned(), ""),
            };
            let _ = writeln!(
                text,
                "| {} | **{}** {} | {target} | {mark} | {} |",
                row.what,
                number(row.figure),
                row.unit,
                row.how
            );
        }
        text
    }
}

impl Row {
    fn holds(&self) -> bool {
        match self.target {
            Target::AtLeast(least) => self.figure >= least,
            Target::AtMost(most) => self.figure <= most,
            Target::None => true,
        }
    }

    fn mark(&self) -> &'static str {
        if self.holds() { "holds" } else { "**short**" }
    }
}

/// Three figures that matter, no more.
pub fn number(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The middle one.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
