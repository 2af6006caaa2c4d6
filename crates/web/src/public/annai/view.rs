//! A question as a page shows it: nothing chosen for anyone, only what they chose before.

use basics::MunicipalityCode;
use guide::{Answers, Choice as _, Form as Shape, Pick, Question, Want};

use super::{
    place::{Place, Places, read},
    sheet::Pending,
    words::Words,
};
use crate::{
    App, Form,
    parts::{Choice, Mistake},
};

/// One question.
pub(super) struct QuestionView {
    pub id: String,
    pub title: String,
    pub why: String,
    pub several: bool,
    pub groups: Vec<(String, Vec<Choice>)>,
    pub aside: Vec<Choice>,
    pub place: Option<PlaceView>,
    pub mistakes: Vec<Mistake>,
}

/// The question about the place.
pub(super) struct PlaceView {
    pub typed: String,
    pub asker: String,
    pub ask_asker: bool,
    pub prefectures: Vec<Choice>,
    pub candidates: Vec<Choice>,
    pub asker_candidates: Vec<Choice>,
}

impl QuestionView {
    /// The mistake at a field of this question, empty when it is fine.
    pub fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }

    /// As somebody sees it who comes to it, or comes back to it.
    pub fn new(
        app: &App,
        w: Words,
        question: &Question,
        answers: &Answers,
        pending: &Pending,
    ) -> Self {
        let chosen = |pick: &Pick| match pending {
            Pending::Wishes(bits) if question.form == Shape::AtMostThree => {
                wish(pick).is_some_and(|at| bits >> at & 1 == 1)
            }
            _ => question.is_chosen(answers, pick),
        };
        let mut view = Self::plain(w, question, chosen);
        if question.form == Shape::Area {
            let (typed, asker) = match pending {
                Pending::Place { typed, asker } => (typed.clone(), asker.clone()),
                _ => (
                    name(app, answers.area.filter(|code| !code.is_prefecture())),
                    name(app, answers.asker_area),
                ),
            };
            let places = match pending {
                Pending::Place { .. } => Places {
                    area: read(&app.directory, &typed),
                    asker: read(&app.directory, &asker),
                },
                _ => Places {
                    area: Place::Nothing,
                    asker: Place::Nothing,
                },
            };
            let prefecture = answers.area.filter(MunicipalityCode::is_prefecture);
            view.put_place(app, typed, asker, prefecture, &places);
            // On a page of its own, "which one?" is the next question and no mistake.
            view.mistakes
                .retain(|mistake| !mistake.field.ends_with("erabu"));
            view.put_asker(is_family(answers));
        }
        if matches!(pending, Pending::Wishes(_)) && question.form == Shape::AtMostThree {
            view.too_many(w);
        }
        view
    }

    /// As a form brought it, to show it once more on the one-page form.
    pub fn from_form(app: &App, w: Words, question: &Question, form: &Form) -> Self {
        let mut view = Self::plain(w, question, |pick| form.has(&question.id, &pick.value));
        for choice in &mut view.aside {
            choice.chosen = form.has(&question.id, &choice.value);
        }
        if question.form == Shape::Area {
            let places = Places::from_form(&app.directory, form);
            let prefecture = MunicipalityCode::parse(form.text("pref")).ok();
            view.put_place(
                app,
                form.line("area"),
                form.line("asker"),
                prefecture,
                &places,
            );
            view.put_asker(true);
        }
        view
    }

    fn plain(w: Words, question: &Question, chosen: impl Fn(&Pick) -> bool) -> Self {
        let choice =
            |pick: &Pick| Choice::new(&*pick.value, pick.label.get(w.easy)).chosen(chosen(pick));
        let mut aside: Vec<Choice> = question
            .aside
            .iter()
            .map(|pick| Choice::new(&*pick.value, pick.label.get(w.easy)))
            .collect();
        if let Some(first) = aside.first_mut() {
            first.apart = true;
        }
        Self {
            id: question.id.clone(),
            title: question.title.get(w.easy).to_owned(),
            why: question.why.get(w.easy).to_owned(),
            several: matches!(question.form, Shape::Many | Shape::AtMostThree),
            groups: question
                .groups
                .iter()
                .map(|group| {
                    let legend = group.legend.as_ref().map_or("", |text| text.get(w.easy));
                    (legend.to_owned(), group.option.iter().map(choice).collect())
                })
                .collect(),
            aside,
            place: None,
            mistakes: Vec::new(),
        }
    }

    fn put_place(
        &mut self,
        app: &App,
        typed: String,
        asker: String,
        prefecture: Option<MunicipalityCode>,
        places: &Places,
    ) {
        let all = app.directory.municipalities();
        let candidates = |place: &Place| {
            place
                .candidates()
                .iter()
                .filter_map(|code| all.get(*code))
                .map(|m| {
                    let whole = if m.code.is_prefecture() {
                        "（どの市町村でも）"
                    } else {
                        ""
                    };
                    Choice::new(m.code.as_str(), format!("{}{whole}", m.full_name(all)))
                })
                .collect::<Vec<_>>()
        };
        for (field, several, place) in [
            ("area", "erabu", &places.area),
            ("asker", "asker_erabu", &places.asker),
        ] {
            if !place.mistake().is_empty() {
                let field = if place.candidates().is_empty() {
                    field
                } else {
                    several
                };
                self.mistakes.push(Mistake::at(field, place.mistake()));
            }
        }
        self.place = Some(PlaceView {
            typed,
            asker,
            ask_asker: false,
            prefectures: all
                .prefectures()
                .map(|m| Choice::new(m.code.as_str(), m.name).chosen(prefecture == Some(m.code)))
                .collect(),
            candidates: candidates(&places.area),
            asker_candidates: candidates(&places.asker),
        });
    }

    fn put_asker(&mut self, asked: bool) {
        if let Some(place) = &mut self.place {
            place.ask_asker = asked || !place.asker.is_empty();
        }
    }

    /// More than three wishes.
    pub fn too_many(&mut self, w: Words) {
        self.mistakes.push(Mistake::at(
            self.id.clone(),
            w.t(
                "3つまで選んでください。いちばん近いものからで大丈夫です。",
                "3つまで、えらんでください。",
            ),
        ));
    }
}

fn is_family(answers: &Answers) -> bool {
    matches!(
        answers.who,
        guide::Who::Parent | guide::Who::Sibling | guide::Who::Family
    )
}

fn name(app: &App, code: Option<MunicipalityCode>) -> String {
    let all = app.directory.municipalities();
    code.and_then(|code| all.get(code))
        .map(|m| m.full_name(all))
        .unwrap_or_default()
}

/// The bit of a wish.
pub(super) fn wish(pick: &Pick) -> Option<u8> {
    let (_, code) = pick.value.split_once(':')?;
    Want::from_code(code).map(Want::index)
}
