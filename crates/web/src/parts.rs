//! The small values that the template macros of `templates/parts/ui.html` take.

/// One answer of a group of radios or check boxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A quieter second line; empty for none.
    pub hint: String,
    /// Whether it is chosen. A question is never chosen for someone: only what they chose before.
    pub chosen: bool,
    /// A line is drawn above it (「わからない」「こたえたくない」 stand below one).
    pub apart: bool,
}

impl Choice {
    /// An answer.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            ..Self::default()
        }
    }

    /// With a quieter second line.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Chosen before.
    #[must_use]
    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }

    /// Below a line.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }
}

/// Something to look at again in a form: which field, and the words that stand both in the summary and at the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The `id` of the field.
    pub field: String,
    /// What to do about it.
    pub text: String,
}

impl Mistake {
    /// A mistake at a field.
    pub fn at(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            text: text.into(),
        }
    }

    /// The words for one field, empty when it is fine. For the `error` argument of the field macros.
    pub fn text_for<'m>(mistakes: &'m [Self], field: &str) -> &'m str {
        mistakes
            .iter()
            .find(|m| m.field == field)
            .map_or("", |m| m.text.as_str())
    }
}
