//! The plain choice under a guard's sentence: to go past it, with a written reason. Shown on the page where somebody was
//! stopped, with everything they typed.

use casework::Error;
use casework::despite::{Basis, Despite};

use crate::{Form, parts::Mistake};

/// The choice as a page shows it.
#[derive(Debug, Default)]
pub(in crate::desk) struct Beyond {
    /// The guard's sentence; empty when the page is shown again for another reason.
    pub sentence: String,
    /// The ground that is offered; empty: nothing is.
    pub code: &'static str,
    /// In words.
    pub label: &'static str,
    /// Whether it was chosen.
    pub chosen: bool,
    /// The reason, as typed.
    pub reason: String,
    /// What is wrong with the reason.
    pub error: String,
}

impl Beyond {
    /// What this form said, so that nothing of it is lost.
    pub fn typed(form: &Form) -> Self {
        let basis = Basis::from_code(form.text("koete"));
        let reason = form.text("wake").to_owned();
        let offered = basis.or((!reason.trim().is_empty()).then_some(Basis::Vital));
        Self {
            code: offered.map_or("", Basis::code),
            label: offered.map_or("", Basis::label),
            chosen: basis.is_some(),
            reason,
            ..Self::default()
        }
    }

    /// With what the room answered, if a guard spoke.
    pub fn answered(form: &Form, error: &Error) -> Option<Self> {
        Self::typed(form).after(error)
    }

    /// The same, of what was read already.
    pub fn after(self, error: &Error) -> Option<Self> {
        let typed = self;
        match error {
            Error::Passable { sentence, basis } => Some(Self {
                sentence: sentence.clone(),
                code: basis.code(),
                label: basis.label(),
                // A ground that does not hold any more is not chosen for anybody.
                chosen: typed.chosen && typed.code == basis.code(),
                ..typed
            }),
            Error::Invalid {
                field: "wake",
                sentence,
            } => Some(Self {
                error: sentence.clone(),
                ..typed
            }),
            _ => None,
        }
    }

    /// The mistake for the summary at the head of the page.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let at = |field: &str, text: &str| (!text.is_empty()).then(|| Mistake::at(field, text));
        let found = [at("koete", &self.sentence), at("wake", &self.error)];
        found.into_iter().flatten().collect()
    }
}

/// What the form chose.
pub(in crate::desk) fn chosen(form: &Form) -> Option<Despite> {
    Basis::from_code(form.text("koete")).map(|basis| Despite {
        basis,
        reason: form.text("wake").to_owned(),
    })
}
