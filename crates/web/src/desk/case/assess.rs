//! Assessment, observations, stages, flags: `…/mitate`; one instrument about one person: `…/mitate/{instrument}/…`.

mod instrument;

use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
    routing::get,
};
use casework::{
    Error,
    assessment::{Assessment, Instruments},
    observation::{Axis, NewObservation, Observation, Value},
    safety_flag::{
        Audience, FirstAction, FlagDeed, FlagId, FlagKind, FlagLine, Judgement, Level, first_action,
    },
    stage::{NewStage, Stage, StageEvent, Stages, SupportStage, WithdrawalPhase},
};

use crate::{
    App, Form, Page,
    desk::colleague::{Colleague, Me, Sent},
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{
    context::{Context, choices, context, once},
    head::Head,
    overview::case_id,
};

/// The doors.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk/case/{id}/mitate", get(look).post(act))
        .merge(instrument::routes())
}

struct FlagView {
    line: FlagLine,
    first: FirstAction,
    who: String,
    when: String,
    review: String,
    history: Vec<(String, String, String)>,
    /// Fields of the form that judges it again.
    seen: usize,
}

struct LookView {
    on: String,
    axis: &'static str,
    value: &'static str,
    words: String,
    about: String,
    from: String,
    by: String,
}

struct StageView {
    line: &'static str,
    label: &'static str,
    since: String,
    words: String,
    by: String,
}

struct PaperView {
    href: String,
    title: String,
    from: String,
    about: String,
    by: String,
    when: String,
}

#[derive(Template)]
#[template(path = "desk/case/assess.html")]
struct AssessPage {
    page: Page,
    me: Me,
    head: Head,
    done: &'static str,
    flags: Vec<FlagView>,
    closed: Vec<FlagView>,
    latest: Vec<StageView>,
    earlier: Vec<StageView>,
    family_only: String,
    looks: Vec<LookView>,
    papers: Vec<PaperView>,
    // what the forms hold
    act: String,
    once: String,
    flag: String,
    kinds: Vec<Choice>,
    levels: Vec<Choice>,
    audiences: Vec<Choice>,
    deeds: Vec<Choice>,
    stages: Vec<Choice>,
    axes: Vec<Choice>,
    values: Vec<Choice>,
    instruments: Vec<Choice>,
    compartments: Vec<Choice>,
    people: Vec<Choice>,
    form: Form,
    mistakes: Vec<Mistake>,
}

impl AssessPage {
    fn error(&self, prefix: &str, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, &format!("{prefix}-{field}"))
    }

    fn typed(&self, act: &str, field: &str) -> &str {
        if self.act == act {
            self.form.text(field)
        } else {
            ""
        }
    }

    fn judged(&self, flag: &FlagView, field: &str) -> &str {
        if self.judging(flag) {
            self.form.text(field)
        } else {
            ""
        }
    }

    /// Whether a section of forms stands open: the one that was sent.
    fn open(&self, act: &str) -> bool {
        self.act == act
    }

    fn judging(&self, flag: &FlagView) -> bool {
        self.act == "judge" && self.flag == flag.line.id.to_string()
    }
}

fn done_words(query: Option<String>) -> &'static str {
    let query = query.unwrap_or_default();
    let code = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "ok");
    match code.as_ref().map(|(_, value)| value.as_ref()) {
        Some("raise") => "安全の旗を立てました。",
        Some("judge") => "安全の旗の見直しを記録しました。",
        Some("stage") => "段階を記録しました。",
        Some("observe") => "気づきを記録しました。",
        Some("assess") => "アセスメントを保存しました。",
        _ => "",
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let form = Form::from_pairs([]);
    draw(
        &colleague,
        &id,
        form,
        Vec::new(),
        StatusCode::OK,
        done_words(query),
    )
    .await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    form: Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
    done: &'static str,
) -> Response {
    let around = match context(colleague, id).await {
        Ok(around) => around,
        Err(response) => return response,
    };
    let (room, session, case) = (&colleague.app().casework, &colleague.session, case_id(id));
    let read = async {
        Ok::<_, Error>((
            room.flags(session, case).await?,
            room.stages(session, case).await?,
            room.observations(session, case).await?,
            room.assessments(session, case).await?,
        ))
    };
    match read.await {
        Ok(read) => show_with(
            status,
            &page(colleague, &around, read, form, mistakes, done),
        ),
        Err(error) => colleague.case_trouble(error).await,
    }
}

type Read = (Vec<FlagLine>, Stages, Vec<Observation>, Vec<Assessment>);

fn page(
    colleague: &Colleague,
    around: &Context,
    (flags, stages, looks, papers): Read,
    form: Form,
    mistakes: Vec<Mistake>,
    done: &'static str,
) -> AssessPage {
    let (standing, closed) = flags.into_iter().partition::<Vec<_>, _>(FlagLine::stands);
    let view_all = |lines: Vec<FlagLine>| lines.into_iter().map(|one| flag_view(around, one));
    let latest: Vec<StageView> = stages
        .latest()
        .into_iter()
        .map(|one| stage_view(around, one))
        .collect();
    let stage_choices = WithdrawalPhase::ALL
        .iter()
        .map(|one| (format!("phase:{}", one.code()), Stage::Phase(*one)))
        .chain(
            SupportStage::ALL
                .iter()
                .map(|one| (format!("support:{}", one.code()), Stage::Support(*one))),
        )
        .map(|(code, stage)| {
            let chosen = form.text("stage") == code;
            Choice::new(code, format!("{}：{}", stage.line(), stage.label())).chosen(chosen)
        });
    AssessPage {
        page: colleague.page("見立て").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&around.view, "mitate"),
        done,
        flags: view_all(standing).collect(),
        closed: view_all(closed).collect(),
        latest,
        earlier: stages
            .events
            .iter()
            .rev()
            .map(|one| stage_view(around, one))
            .collect(),
        family_only: stages
            .family_only
            .map(|only| only.words())
            .unwrap_or_default(),
        looks: looks
            .into_iter()
            .rev()
            .map(|one| look_view(around, one))
            .collect(),
        papers: papers
            .iter()
            .filter_map(|one| paper_view(around, one))
            .collect(),
        act: form.text("act").to_owned(),
        once: once(colleague, &form),
        flag: form.text("flag").to_owned(),
        kinds: choices(
            FlagKind::ALL,
            FlagKind::code,
            FlagKind::label,
            &form,
            "kind",
        ),
        levels: choices(Level::ALL, Level::code, Level::label, &form, "level"),
        audiences: choices(
            Audience::ALL,
            Audience::code,
            Audience::label,
            &form,
            "audience",
        ),
        deeds: choices(
            &[FlagDeed::Review, FlagDeed::Lower, FlagDeed::Close],
            FlagDeed::code,
            FlagDeed::label,
            &form,
            "deed",
        ),
        stages: stage_choices.collect(),
        axes: choices(Axis::ALL, Axis::code, Axis::label, &form, "axis"),
        values: choices(Value::ALL, Value::code, Value::label, &form, "value"),
        instruments: Instruments::shipped()
            .in_use()
            .into_iter()
            .map(|one| {
                Choice::new(one.id.clone(), one.title.clone())
                    .chosen(form.text("instrument") == one.id)
            })
            .collect(),
        compartments: around.writable(|_| true, &form, "compartment"),
        people: around.people(&form, "about"),
        form,
        mistakes,
    }
}

fn flag_view(around: &Context, line: FlagLine) -> FlagView {
    let history = line.events.iter().map(|event| {
        let what = format!("{}（{}）", event.deed.label(), event.level.label());
        let who = format!("{}・{}", around.when(event.at), around.name(event.by));
        (what, who, event.ground.clone())
    });
    FlagView {
        first: first_action(line.kind),
        who: around.name(line.now.by),
        when: around.when(line.now.at),
        review: line
            .now
            .review_on
            .map(basics::japanese::date_with_year)
            .unwrap_or_default(),
        history: history.collect(),
        seen: line.events.len(),
        line,
    }
}

fn stage_view(around: &Context, one: &StageEvent) -> StageView {
    StageView {
        line: one.stage.line(),
        label: one.stage.label(),
        since: basics::japanese::date_with_year(one.since),
        words: one.words.clone(),
        by: around.name(one.by),
    }
}

fn look_view(around: &Context, one: Observation) -> LookView {
    LookView {
        on: basics::japanese::date_with_year(one.on),
        axis: one.axis.label(),
        value: one.value.label(),
        about: around.person(one.about),
        from: around.compartment(one.compartment),
        by: around.name(one.by),
        words: one.words,
    }
}

fn paper_view(around: &Context, one: &Assessment) -> Option<PaperView> {
    let now = one.versions.first()?;
    let subject = &one.subject;
    let title = Instruments::shipped()
        .newest(&subject.instrument)?
        .title
        .clone();
    let id = around.view.case.id;
    Some(PaperView {
        href: format!(
            "/desk/case/{id}/mitate/{}/{}/{}",
            subject.instrument, subject.compartment, subject.about
        ),
        title,
        from: around.compartment(subject.compartment),
        about: around.person(subject.about),
        by: around.name(now.by),
        when: around.when(now.at),
    })
}

async fn act(Path(id): Path<String>, Sent { colleague, form }: Sent) -> Response {
    let act = form.text("act").to_owned();
    let done = match act.as_str() {
        "raise" | "judge" => judge(&colleague, &id, &form).await,
        "stage" => stage(&colleague, &id, &form).await,
        "observe" => observe(&colleague, &id, &form).await,
        "begin" => match begin(&form) {
            Some(path) => return see_other(&format!("/desk/case/{}/mitate/{path}", case_id(&id))),
            None => Err(Stopped::At(Mistake::at(
                "instrument",
                "用紙と、だれの区画に、だれのことを書くかを選んでください。",
            ))),
        },
        _ => return draw(&colleague, &id, form, Vec::new(), StatusCode::OK, "").await,
    };
    let prefix = if act == "judge" {
        format!("judge{}", form.line("flag"))
    } else {
        act.clone()
    };
    match done {
        Ok(()) | Err(Stopped::Room(Error::Again)) => {
            see_other(&format!("/desk/case/{}/mitate?ok={act}", case_id(&id)))
        }
        Err(Stopped::At(mistake)) => {
            let mistake = Mistake::at(format!("{prefix}-{}", mistake.field), mistake.text);
            again(&colleague, &id, form, mistake).await
        }
        Err(Stopped::Room(Error::Invalid { field, sentence })) => {
            let mistake = Mistake::at(format!("{prefix}-{field}"), sentence);
            again(&colleague, &id, form, mistake).await
        }
        Err(Stopped::Room(error @ (Error::Guarded(_) | Error::Meanwhile | Error::Illegal(_)))) => {
            again(
                &colleague,
                &id,
                form,
                Mistake::at(prefix, error.to_string()),
            )
            .await
        }
        Err(Stopped::Room(error)) => colleague.case_trouble(error).await,
    }
}

async fn again(colleague: &Colleague, id: &str, form: Form, mistake: Mistake) -> Response {
    draw(
        colleague,
        id,
        form,
        vec![mistake],
        StatusCode::UNPROCESSABLE_ENTITY,
        "",
    )
    .await
}

enum Stopped {
    At(Mistake),
    Room(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Room(error)
    }
}

fn at(field: &'static str, text: &'static str) -> Stopped {
    Stopped::At(Mistake::at(field, text))
}

fn begin(form: &Form) -> Option<String> {
    let instrument = Instruments::shipped().newest(form.text("instrument"))?;
    let compartment: i64 = form.line("compartment").parse().ok()?;
    let about: i64 = form.line("about").parse().ok()?;
    Some(format!("{}/{compartment}/{about}", instrument.id))
}

fn day(
    colleague: &Colleague,
    form: &Form,
    field: &'static str,
) -> Result<Option<jiff::civil::Date>, Stopped> {
    let today = colleague.app().clock.today();
    match form.line(field).as_str() {
        "" => Ok(None),
        text => crate::desk::days::read_day(text, today)
            .map(Some)
            .ok_or_else(|| {
                at(
                    field,
                    "日付を読み取れませんでした。2026-12-28 のように書いてください。",
                )
            }),
    }
}

async fn judge(colleague: &Colleague, id: &str, form: &Form) -> Result<(), Stopped> {
    let level = Level::from_code(form.text("level"));
    let audience = Audience::from_code(form.text("audience"));
    let (room, session, case) = (&colleague.app().casework, &colleague.session, case_id(id));
    let judgement = |level, audience, review_on, once| Judgement {
        level,
        audience,
        review_on,
        ground: form.text("ground").to_owned(),
        peer_line: form.line("peer_line"),
        once,
    };
    let review_on = day(colleague, form, "review_on")?;
    if form.text("act") == "raise" {
        let kind = FlagKind::from_code(form.text("kind"))
            .ok_or_else(|| at("kind", "何についての旗かを選んでください。"))?;
        let level = level.ok_or_else(|| at("level", "どのくらい急ぐかを選んでください。"))?;
        let audience =
            audience.ok_or_else(|| at("audience", "だれに見せるかを選んでください。"))?;
        let once = form.line("once").parse().ok();
        room.raise_flag(
            session,
            case,
            kind,
            &judgement(level, audience, review_on, once),
        )
        .await?;
        return Ok(());
    }
    let deed = FlagDeed::from_code(form.text("deed"))
        .ok_or_else(|| at("deed", "見直す・下げる・終える のどれかを選んでください。"))?;
    let flag: FlagId = form.line("flag").parse().map_err(|_| Error::NotFound)?;
    let level = level.ok_or_else(|| at("level", "どのくらい急ぐかを選んでください。"))?;
    let audience = audience.ok_or_else(|| at("audience", "だれに見せるかを選んでください。"))?;
    let seen = form.line("seen").parse().ok();
    room.judge_flag(
        session,
        case,
        flag,
        deed,
        &judgement(level, audience, review_on, seen),
    )
    .await?;
    Ok(())
}

async fn stage(colleague: &Colleague, id: &str, form: &Form) -> Result<(), Stopped> {
    let stage = match form.text("stage").split_once(':') {
        Some(("phase", code)) => WithdrawalPhase::from_code(code).map(Stage::Phase),
        Some(("support", code)) => SupportStage::from_code(code).map(Stage::Support),
        _ => None,
    };
    let new = NewStage {
        stage: stage.ok_or_else(|| at("stage", "段階を選んでください。"))?,
        compartment: compartment(form)?,
        since: day(colleague, form, "since")?.unwrap_or(colleague.app().clock.today()),
        words: form.text("stage_words").to_owned(),
        once: form.line("once").parse().ok(),
    };
    let room = &colleague.app().casework;
    Ok(room
        .set_stage(&colleague.session, case_id(id), &new)
        .await?)
}

fn compartment(form: &Form) -> Result<basics::CompartmentId, Stopped> {
    let chosen = form.line("compartment").parse();
    chosen.map_err(|_| at("compartment", "どの区画に書くかを選んでください。"))
}

async fn observe(colleague: &Colleague, id: &str, form: &Form) -> Result<(), Stopped> {
    let new = NewObservation {
        compartment: compartment(form)?,
        about: form
            .line("about")
            .parse()
            .map_err(|_| at("about", "だれのことかを選んでください。"))?,
        axis: Axis::from_code(form.text("axis"))
            .ok_or_else(|| at("axis", "何についての気づきかを選んでください。"))?,
        value: Value::from_code(form.text("value"))
            .ok_or_else(|| at("value", "「変わらず」や「わからない」も選べます。"))?,
        on: day(colleague, form, "on")?.unwrap_or(colleague.app().clock.today()),
        words: form.text("observe_words").to_owned(),
        once: form.line("once").parse().ok(),
    };
    let room = &colleague.app().casework;
    Ok(room.observe(&colleague.session, case_id(id), &new).await?)
}
