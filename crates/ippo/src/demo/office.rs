//! The sample office: three colleagues and a peer supporter, a few texts for answers, a few windows. All of it is invented.

use crate::failure::Result;
use ::office::access::{Action, operator, permit};
use ::office::audit::{self, Actor, Entry};
use ::office::phrases::{self, PhraseText};
use ::office::{
    Attempt, Enrolment, NewOffice, Qualification, Role, Session, Settings, StaffForm, TotpSecret,
    enrol, office_key,
};
use basics::{Clock, MunicipalityCode, OfficeId, StaffId};
use directory::{Confidence, Kind, Level, OwnWindow, imported};
use jiff::SignedDuration;
use store::{Db, transact};
use web::App;

/// The name of the sample office.
pub const NAME: &str = "みどり市ひきこもり地域支援センター";
/// The password of everybody; the digits change with every start.
pub const PASSWORD: &str = "sampo-biyori-2026";

/// A colleague who can sign in.
pub struct Colleague {
    /// Sign-in name.
    pub login: &'static str,
    /// Name.
    pub name: &'static str,
    /// What they may do.
    pub role: Role,
    /// What they are.
    pub qualification: Qualification,
    /// The secret in their app.
    pub totp: TotpSecret,
}

/// The office with somebody at the desk.
pub struct Desk {
    /// The office.
    pub id: OfficeId,
    /// Everybody, in the order in which they are shown.
    pub colleagues: Vec<Colleague>,
    /// The coordinator, signed in.
    pub coordinator: Session,
    /// The supervisor, signed in.
    pub supervisor: Session,
    /// The peer supporter.
    pub peer: StaffId,
}

/// みどり市 in 群馬県 exists; this centre does not.
pub fn jurisdiction() -> Result<MunicipalityCode> {
    MunicipalityCode::parse("10212")
        .map_err(|error| crate::failure::Failure::failed(error.to_string()))
}

/// Founds the office and brings its people in.
pub async fn found(app: &App, clock: &Clock) -> Result<Desk> {
    let new = NewOffice {
        name: NAME.to_owned(),
        jurisdiction: jurisdiction()?,
        settings: Settings {
            intro: "これは見本の窓口です。ここで送った手紙は、だれにも届きません。".to_owned(),
            ..Settings::default()
        },
    };
    let founded = ::office::office::found(&app.db, clock, &new).await?;
    let people = [
        (
            "sato",
            "佐藤 はるか",
            Role::Supervisor,
            Qualification::PsychiatricSocialWorker,
        ),
        (
            "suzuki",
            "鈴木 みなみ",
            Role::Coordinator,
            Qualification::SocialWorker,
        ),
        (
            "kanri",
            "高橋 しん",
            Role::Administrator,
            Qualification::Other,
        ),
    ];
    let mut colleagues = Vec::new();
    for (login, name, role, qualification) in people {
        let (staff, totp) =
            enrolled(app, clock, founded.id, login, name, role, qualification).await?;
        if role != Role::Administrator {
            let hands_over = operator(clock, founded.id, Action::GrantOfficeKey);
            office_key::grant_founding_key(&app.db, &hands_over, &founded.private_key, staff)
                .await?;
        }
        colleagues.push(Colleague {
            login,
            name,
            role,
            qualification,
            totp,
        });
    }
    let supervisor = signed_in(app, clock, &colleagues[0]).await?;
    let coordinator = signed_in(app, clock, &colleagues[1]).await?;
    texts(app, &coordinator).await?;
    let peer = peer(app, clock, founded.id, &mut colleagues).await?;
    Ok(Desk {
        id: founded.id,
        colleagues,
        coordinator,
        supervisor,
        peer,
    })
}

/// The peer supporter holds no office key: cards are sealed to their own.
async fn peer(
    app: &App,
    clock: &Clock,
    office: OfficeId,
    colleagues: &mut Vec<Colleague>,
) -> Result<StaffId> {
    let (login, name, role) = ("mori", "森 あおい", Role::Peer);
    let qualification = Qualification::Other;
    let (staff, totp) = enrolled(app, clock, office, login, name, role, qualification).await?;
    colleagues.push(Colleague {
        login,
        name,
        role,
        qualification,
        totp,
    });
    Ok(staff)
}

async fn enrolled(
    app: &App,
    clock: &Clock,
    office: OfficeId,
    login: &str,
    name: &str,
    role: Role,
    qualification: Qualification,
) -> Result<(StaffId, TotpSecret)> {
    let form = StaffForm {
        login: login.to_owned(),
        name: name.to_owned(),
        role,
        qualification,
        active: true,
    };
    let invites = operator(clock, office, Action::ManageStaff);
    let invitation = enrol::invite(&app.db, &invites, &form).await?;
    let totp = app.entrance.invited(&invitation.code).await?.totp;
    let enrolment = Enrolment {
        invitation: &invitation.code,
        password: PASSWORD,
        totp_secret: &totp.base32(),
        totp_code: &totp.code_at(clock.now()),
    };
    app.entrance.enrol(enrolment).await?;
    clock.advance(SignedDuration::from_mins(7));
    Ok((invitation.staff, totp))
}

async fn signed_in(app: &App, clock: &Clock, who: &Colleague) -> Result<Session> {
    let code = who.totp.code_at(clock.now());
    let attempt = Attempt {
        login: who.login,
        password: PASSWORD,
        code: &code,
        ..Attempt::default()
    };
    let cookie = app.entrance.sign_in(attempt).await?.session_cookie;
    let session = app.entrance.resume(&cookie).await?;
    session.ok_or_else(|| ::office::Error::SignInRefused.into())
}

async fn texts(app: &App, session: &Session) -> Result<()> {
    let texts = [
        (
            "はじめのお返事",
            "お手紙をありがとうございます。{窓口}の{担当}です。\n\n読みながら、…のところを、もう少し聞いてみたいと思いました。\n書けるところだけで、かまいません。書かなくても、かまいません。\n\n次は{約束の日}までに、こちらからもう一度お便りします。",
        ),
        (
            "ご家族へ",
            "ご心配のなか、書いてくださってありがとうございます。{窓口}の{担当}です。\n\nご本人が来なくても、ご家族だけでお話しできます。\n{開いている日}に、電話でも、ここへの手紙でも、どちらでも大丈夫です。",
        ),
        (
            "少し時間がかかるとき",
            "{窓口}の{担当}です。お返事に少し時間をいただいています。\n{約束の日}までに、かならずお便りします。",
        ),
        (
            "会わなくても続けられます",
            "会ってお話ししなくても、このままお手紙で続けられます。\nお返事の間があいても、途中で休んでも、大丈夫です。",
        ),
    ];
    for (position, (title, body)) in (1..).zip(texts) {
        let may = permit(session, Action::EditPhrases, "").await?;
        let text = PhraseText {
            title: title.to_owned(),
            body: body.to_owned(),
            position,
        };
        phrases::add(&app.db, &may, &text).await?;
    }
    Ok(())
}

/// Windows of an operator's own, without telephones: a number made up here could be somebody's.
pub async fn windows(db: &Db, clock: &Clock) -> Result<()> {
    let windows = sample_windows(clock)?;
    let now = clock.now();
    let entry = Entry::done(
        OfficeId::INSTALLATION,
        Actor::Operator,
        "directory.import",
        "",
        now,
    )
    .because(format!("windows={}", windows.len()));
    transact!(db, "directory.import", |tx| {
        imported::put(tx, &windows, now).await?;
        audit::record(tx, &entry).await
    })?;
    Ok(())
}

fn sample_windows(clock: &Clock) -> Result<Vec<OwnWindow>> {
    let base = OwnWindow {
        operator: "みどり市（見本）".to_owned(),
        level: Level::City,
        serves: vec![jurisdiction()?],
        confidence: Confidence::Medium,
        confirmed_at: clock.today().to_string(),
        source: "ippo demo の見本のデータ（実在しません）".to_owned(),
        free: Some(true),
        family_ok: Some(true),
        ..OwnWindow::default()
    };
    let centre = OwnWindow {
        id: "mihon-hc".to_owned(),
        kind: Kind::Hc,
        name: format!("{NAME}（見本）"),
        hours: "月〜金 8:30-17:15（祝日・年末年始を除く）".to_owned(),
        methods: "電話;来所;手紙;訪問".to_owned(),
        note: "見本です。実在しません。ご本人も、ご家族だけでも、年齢をとわず相談できます。"
            .to_owned(),
        anonymous_ok: Some(true),
        ..base.clone()
    };
    let place = OwnWindow {
        id: "mihon-ibasho".to_owned(),
        kind: Kind::Ibasho,
        name: "居場所 ひだまり（見本）".to_owned(),
        hours: "火・木 13:00-16:00".to_owned(),
        methods: "来所".to_owned(),
        note:
            "見本です。実在しません。何もしなくてもよい部屋です。見学だけ、途中で帰るのも自由です。"
                .to_owned(),
        ..base.clone()
    };
    let families = OwnWindow {
        id: "mihon-fam".to_owned(),
        kind: Kind::Fam,
        name: "みどり市家族のつどい（見本）".to_owned(),
        hours: "土 13:30-15:30".to_owned(),
        methods: "来所;オンライン".to_owned(),
        note: "見本です。実在しません。おなじ立場のご家族が、月に一度集まります。聞くだけでもかまいません。".to_owned(),
        ..base
    };
    Ok(vec![centre, place, families])
}
