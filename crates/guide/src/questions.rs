//! The questions of the web pages, as data: guide.md §E1 and §C3. One question a page, each may be skipped, and
//! each says why it is asked. Nothing is asked that no rule uses; a test sees to it.

use serde::Deserialize;

use crate::age::AgeBand;
use crate::answers::{
    Answers, Dis, How, Illness, MOST_WANTS, Money, Risk, School, Stage, Want, Who,
};
use crate::choice::{Choice, Set};
use crate::condition::Condition;
use crate::door::AnswerError;
use crate::rules::{Rules, RulesError, condition, nonsense};
use crate::surroundings::Surroundings;
use crate::text::Text;

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Name of the form field, and of the question.
    pub id: String,
    /// Last part of the page's address: `1` to `7`, with `3b` and `6b` for the two follow-up questions.
    pub slug: String,
    /// How it is answered.
    pub form: Form,
    /// The question.
    pub title: Text,
    /// Why it is asked, one sentence.
    pub why: Text,
    /// A short name for the list of answers and its hidden 「なおす」 suffix.
    pub short: Text,
    /// Options in groups; most questions have one group without a legend.
    pub groups: Vec<Group>,
    /// 「わからない」 and 「こたえたくない」, printed last, after a divider.
    pub aside: Vec<Pick>,
    asked_if: Condition,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One of the options (radio buttons).
    One,
    /// Any number of options (check boxes).
    Many,
    /// At most three options.
    AtMostThree,
    /// Postal code or municipality; the web and the directory handle it.
    Area,
}

/// Options under one legend.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Legend of the group.
    pub legend: Option<Text>,
    /// The options.
    pub option: Vec<Pick>,
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// Value in the form.
    pub value: String,
    /// What stands beside the button.
    pub label: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadQuestions {
    aside: Vec<Pick>,
    question: Vec<ReadQuestion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadQuestion {
    id: String,
    slug: String,
    form: Form,
    title: Text,
    why: Text,
    short: Text,
    asked_if: Option<String>,
    #[serde(default)]
    group: Vec<Group>,
}

impl ReadQuestions {
    pub(crate) fn check(self) -> Result<Vec<Question>, RulesError> {
        let mut questions = Vec::new();
        for read in self.question {
            let asked_if = condition(&read.id, read.asked_if.as_deref().unwrap_or("always"))?;
            let question = Question {
                asked_if,
                slug: read.slug,
                form: read.form,
                title: read.title,
                why: read.why,
                short: read.short,
                groups: read.group,
                aside: self.aside.clone(),
                id: read.id,
            };
            for pick in question.options() {
                if put(&mut Answers::default(), &pick.value).is_none() {
                    return Err(nonsense(
                        &question.id,
                        &format!("the option `{}` means nothing", pick.value),
                    ));
                }
            }
            if !question.texts().iter().all(|text| text.is_whole()) {
                return Err(nonsense(
                    &question.id,
                    "a text is empty in one of its versions",
                ));
            }
            questions.push(question);
        }
        Ok(questions)
    }
}

impl Question {
    /// Does it apply, given what has been answered so far?
    pub fn is_asked(&self, answers: &Answers) -> bool {
        self.asked_if.holds(answers, &Surroundings::default())
    }

    /// Is it a follow-up, asked only after certain answers?
    pub fn is_follow_up(&self) -> bool {
        self.asked_if.source() != "always"
    }

    /// All options, without those after the divider.
    pub fn options(&self) -> impl Iterator<Item = &Pick> {
        self.groups.iter().flat_map(|group| &group.option)
    }

    /// The options that stand in these answers.
    pub fn chosen(&self, answers: &Answers) -> Vec<&Pick> {
        self.options()
            .filter(|pick| stands(answers, &pick.value))
            .collect()
    }

    /// Is this option among these answers? For templates.
    pub fn is_chosen(&self, answers: &Answers, pick: &Pick) -> bool {
        stands(answers, &pick.value)
    }

    /// Every text of the question.
    pub fn texts(&self) -> Vec<&Text> {
        let mut texts = vec![&self.title, &self.why, &self.short];
        texts.extend(self.groups.iter().filter_map(|group| group.legend.as_ref()));
        texts.extend(self.options().chain(&self.aside).map(|pick| &pick.label));
        texts
    }

    /// The answers after this question was answered with these form values. No value, 「わからない」 and
    /// 「こたえたくない」 are answers: they take back what was said before. The area is not answered here.
    pub fn answer<'v>(
        &self,
        answers: &Answers,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Result<Answers, AnswerError> {
        let mut after = *answers;
        for pick in self.options() {
            take_back(&mut after, &pick.value);
        }
        let mut unknown = false;
        for value in values {
            if self.aside.iter().any(|pick| pick.value == value) {
                unknown |= value == "unknown";
            } else if self.options().any(|pick| pick.value == value) {
                put(&mut after, value);
            } else {
                return Err(AnswerError::UnknownValue {
                    key: self.id.clone(),
                    value: value.chars().filter(|c| !c.is_control()).take(40).collect(),
                    allowed: self
                        .options()
                        .chain(&self.aside)
                        .map(|pick| pick.value.as_str())
                        .collect::<Vec<_>>()
                        .join(", "),
                });
            }
        }
        if self.form == Form::AtMostThree {
            if after.want.len() > MOST_WANTS {
                return Err(AnswerError::TooMany(self.id.clone(), MOST_WANTS));
            }
            if unknown && after.want.is_empty() {
                after.want.insert(Want::Unknown);
            }
        }
        Ok(after.tidied())
    }
}

impl Rules {
    /// The questions these answers lead through, in order.
    pub fn route(&self, answers: &Answers) -> Vec<&Question> {
        self.questions
            .iter()
            .filter(|question| question.is_asked(answers))
            .collect()
    }

    /// The question on the page with this address part.
    pub fn question_at(&self, slug: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.slug == slug)
    }

    /// The question after this one; `None`: the result.
    pub fn next_question(&self, answers: &Answers, after: &Question) -> Option<&Question> {
        self.questions
            .iter()
            .skip_while(|question| question.id != after.id)
            .skip(1)
            .find(|question| question.is_asked(answers))
    }

    /// The question before this one; `None`: the first page of the guide.
    pub fn previous_question(&self, answers: &Answers, before: &Question) -> Option<&Question> {
        self.questions
            .iter()
            .take_while(|question| question.id != before.id)
            .filter(|question| question.is_asked(answers))
            .last()
    }

    /// How many questions may still follow this one, for 「あと2つくらいです」.
    pub fn questions_left(&self, answers: &Answers, after: &Question) -> usize {
        self.questions
            .iter()
            .skip_while(|question| question.id != after.id)
            .skip(1)
            .filter(|question| question.is_asked(answers))
            .count()
    }
}

/// Puts one option into the answers. `None`: there is no such option.
fn put(answers: &mut Answers, value: &str) -> Option<()> {
    let (key, code) = value.split_once(':').unwrap_or((value, ""));
    match key {
        "who" => answers.who = Who::from_code(code)?,
        "age" => answers.age = Some(AgeBand::from_code(code)?.stands_for),
        "school" => answers.school = School::from_code(code)?,
        "want" => answers.want.insert(Want::from_code(code)?),
        "how" => answers.how.insert(How::from_code(code)?),
        "stage" => answers.stage = Stage::from_code(code)?,
        "prev" => {
            answers.prev = Some(crate::answers::guide_kinds().find(|kind| kind.code() == code)?);
        }
        // Two boxes of one answer may both be ticked: the more urgent one, and the one that is certain, count.
        "money" => {
            let money = Money::from_code(code)?;
            if money.index() > answers.money.index() {
                answers.money = money;
            }
        }
        "illness" => {
            let illness = Illness::from_code(code)?;
            if answers.illness != Illness::Treated {
                answers.illness = illness;
            }
        }
        "dis" => answers.dis.insert(Dis::from_code(code)?),
        "risk" => answers.risk.insert(Risk::from_code(code)?),
        "parent_old" => answers.parent_old = true,
        "know_me" => answers.know_me = true,
        _ => return None,
    }
    Some(())
}

fn take_back(answers: &mut Answers, value: &str) {
    fn out<C: Choice>(set: &mut Set<C>, code: &str) {
        if let Some(choice) = C::from_code(code) {
            set.remove(choice);
        }
    }
    let (key, code) = value.split_once(':').unwrap_or((value, ""));
    match key {
        "who" => answers.who = Who::Unknown,
        "age" => answers.age = None,
        "school" => answers.school = School::Unknown,
        "want" => answers.want = Set::new(),
        "how" => out(&mut answers.how, code),
        "stage" => answers.stage = Stage::Unknown,
        "prev" => answers.prev = None,
        "money" => answers.money = Money::None,
        "illness" => answers.illness = Illness::None,
        "dis" => out(&mut answers.dis, code),
        "risk" => out(&mut answers.risk, code),
        "parent_old" => answers.parent_old = false,
        "know_me" => answers.know_me = false,
        _ => {}
    }
}

fn stands(answers: &Answers, value: &str) -> bool {
    let (key, code) = value.split_once(':').unwrap_or((value, ""));
    match key {
        "who" => answers.who.code() == code,
        "age" => answers
            .age
            .and_then(AgeBand::of)
            .is_some_and(|band| band.code == code),
        "school" => answers.school.code() == code,
        "want" => Want::from_code(code).is_some_and(|want| answers.want.has(want)),
        "how" => How::from_code(code).is_some_and(|how| answers.how.has(how)),
        "stage" => answers.stage.code() == code,
        "prev" => answers.prev.is_some_and(|kind| kind.code() == code),
        "money" => answers.money.code() == code,
        "illness" => answers.illness.code() == code,
        "dis" => Dis::from_code(code).is_some_and(|dis| answers.dis.has(dis)),
        "risk" => Risk::from_code(code).is_some_and(|risk| answers.risk.has(risk)),
        "parent_old" => answers.parent_old,
        "know_me" => answers.know_me,
        _ => false,
    }
}
