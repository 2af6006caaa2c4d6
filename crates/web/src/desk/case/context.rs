//! What every page of a case's papers (見立て, 計画, 同意) needs: the case, the colleagues' names, and what the asker may
//! write. The room decides again when something is saved.

use std::collections::HashMap;

use axum::response::Response;
use basics::{CompartmentId, PersonId, StaffId};
use casework::{Compartment, Person, case::CaseView};
use jiff::Timestamp;
use jiff::civil::Date;
use office::access::{CompartmentKind, Reach};

use crate::{
    Form,
    desk::{colleague::Colleague, days},
    parts::Choice,
};

use super::overview::case_id;

/// A case, and whose names stand under its papers.
pub(super) struct Context {
    pub view: CaseView,
    pub today: Date,
    names: HashMap<StaffId, String>,
}

/// The case of an address; absent and forbidden are the page of something that does not exist.
pub(super) async fn context(colleague: &Colleague, id: &str) -> Result<Context, Response> {
    let app = colleague.app();
    let view = match app.casework.case(&colleague.session, case_id(id)).await {
        Ok(view) => view,
        Err(error) => return Err(colleague.case_trouble(error).await),
    };
    let staff = async {
        let mut conn = app.db.read().await?;
        office::staff::list(&mut conn, colleague.session.office()).await
    };
    match staff.await {
        Ok(staff) => Ok(Context {
            names: staff.into_iter().map(|one| (one.id, one.name)).collect(),
            today: app.clock.today(),
            view,
        }),
        Err(error) => Err(colleague.trouble(error).await),
    }
}

impl Context {
    /// A colleague's name.
    pub fn name(&self, staff: StaffId) -> String {
        let name = self.names.get(&staff).cloned();
        name.unwrap_or_else(|| "以前の職員".to_owned())
    }

    /// A moment as the desk says it.
    pub fn when(&self, at: Timestamp) -> String {
        days::moment(at, self.today)
    }

    /// A person of the case in words.
    pub fn person(&self, id: PersonId) -> String {
        let found = self.view.person(id);
        found.map_or_else(|| "（名前のない人）".to_owned(), Person::label)
    }

    /// A compartment in words.
    pub fn compartment(&self, id: CompartmentId) -> String {
        let found = self.find(id);
        found.map_or_else(String::new, |one| self.view.name_of(one))
    }

    /// A compartment in reach.
    pub fn find(&self, id: CompartmentId) -> Option<&Compartment> {
        self.view.compartments.iter().find(|one| one.id == id)
    }

    /// Whether a form for this compartment is shown.
    pub fn may_write(&self, one: &Compartment) -> bool {
        self.view.reach == Reach::Assigned || one.kind == CompartmentKind::Staff
    }

    /// The compartments to write into, as choices.
    pub fn writable(
        &self,
        fits: impl Fn(&Compartment) -> bool,
        form: &Form,
        field: &str,
    ) -> Vec<Choice> {
        let chosen = form.text(field);
        let mine = self.view.compartments.iter();
        mine.filter(|one| self.may_write(one) && fits(one))
            .map(|one| {
                let code = one.id.to_string();
                Choice::new(code.clone(), self.view.name_of(one)).chosen(code == chosen)
            })
            .collect()
    }

    /// The people of the case, as choices.
    pub fn people(&self, form: &Form, field: &str) -> Vec<Choice> {
        let chosen = form.text(field);
        let all = self.view.people.iter();
        all.map(|one| {
            let code = one.id.to_string();
            Choice::new(code.clone(), one.label()).chosen(code == chosen)
        })
        .collect()
    }

    /// A day that was typed: `Ok(None)` when nothing was, `Err` when it cannot be read.
    pub fn day(&self, form: &Form, field: &str) -> Result<Option<Date>, ()> {
        match form.line(field).as_str() {
            "" => Ok(None),
            text => days::read_day(text, self.today).map(Some).ok_or(()),
        }
    }
}

/// Codes as choices, those that were sent before chosen.
pub(super) fn choices<T: Copy>(
    all: &[T],
    code: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> &'static str,
    form: &Form,
    field: &str,
) -> Vec<Choice> {
    all.iter()
        .map(|one| Choice::new(code(*one), label(*one)).chosen(form.has(field, code(*one))))
        .collect()
}

/// The identifier a form carries so that a double click is one: kept over a mistake, else new.
pub(super) fn once(colleague: &Colleague, form: &Form) -> String {
    match form.line("once").parse::<i64>() {
        Ok(kept) => kept.to_string(),
        Err(_) => basics::new_id(&colleague.app().clock).to_string(),
    }
}
