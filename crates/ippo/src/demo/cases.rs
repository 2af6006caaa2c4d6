//! The sample cases: households whose stories run over years. All of them are invented.

mod teller;

use super::office::Desk;
use crate::failure::Result;
use basics::{CaseId, Clock, PersonId, ThreadId};
use casework::case::Opened;
use casework::contact::{Channel, Outcome};
use casework::contact_rule::{self, NewContactPoint};
use casework::engagement::State as Stage;
use casework::household::{
    Cohabiting, Direction as Flow, Kin, NewKinship, NewMembership, NewTie, Quality, TieKind,
};
use casework::note::{Block, BlockKind, MayShare};
use casework::quick_log::With;
use casework::small_steps::SmallStep;
use casework::{AgeBand, Gender, Knows, NewPerson, Part, PartialDay, Relationship, Voice};
use office::Session;
use teller::Teller;
use web::App;

/// How long ago the oldest of these stories began, in days: a little more than five years.
pub const OLDEST: i64 = 1_900;

/// Tells the stories that began before the letters, oldest first. The last one's case comes back: a peer walks along there.
pub async fn tell(app: &App, clock: &Clock, now: &Clock, desk: &Desk) -> Result<CaseId> {
    let teller = Teller { app, clock, now };
    father_and_son(&teller, desk).await?;
    brother_and_sister(&teller, desk).await?;
    quiet(&teller, desk).await?;
    anonymous(&teller, desk).await?;
    on_his_own(&teller, desk).await
}

/// Whoever wrote that letters are enough gets a case of letters: nothing else is asked.
pub async fn letters_only(
    app: &App,
    clock: &Clock,
    now: &Clock,
    desk: &Desk,
    thread: ThreadId,
) -> Result<()> {
    let teller = Teller { app, clock, now };
    let mut writer = NewPerson::unknown(Part::Principal, Relationship::Oneself);
    writer.age_band = AgeBand::Thirties;
    teller.ago(3, 15);
    let me = &desk.coordinator;
    let opened = teller
        .open(me, writer, None, Knows::Knows, Some(thread))
        .await?;
    teller
        .step(
            me,
            opened.case,
            Stage::Active,
            "本人の希望。手紙だけで続ける。",
        )
        .await?;
    let said = said_by(
        &opened,
        "電話は苦手。メールか手紙だけで続けたい、と手紙にある。",
    );
    teller
        .log(
            me,
            &opened,
            Channel::Letter,
            Outcome::Received,
            Some(10),
            said,
            "手紙の間があいても、こちらからは急がない。",
        )
        .await
}

/// An elderly father and his son of 52, over five years.
async fn father_and_son(teller: &Teller<'_>, desk: &Desk) -> Result<()> {
    let me = &desk.coordinator;
    let father = NewPerson::unknown(Part::Family, Relationship::Father).called("まさお");
    let mut son = NewPerson::unknown(Part::Principal, Relationship::Oneself).called("けんじ");
    (son.age_band, son.gender) = (AgeBand::Fifties, Gender::Male);
    teller.ago(OLDEST - 30, 10);
    let opened = teller
        .open(me, son, Some(father), Knows::Unknown, None)
        .await?;
    let case = opened.case;
    teller
        .step(me, case, Stage::Active, "父から継続の希望")
        .await?;
    let said = said_by(
        &opened,
        "息子と二人で暮らしている。十五年ほど前に仕事をやめてから、家にいる。私が動けるうちに、だれかに知っておいてほしい。",
    );
    teller
        .log(
            me,
            &opened,
            Channel::Phone,
            Outcome::Talked,
            Some(45),
            said,
            "父の声に疲れ。次は、お父さん自身の暮らしのことも聞く。",
        )
        .await?;
    household(teller, me, &opened).await?;
    let years = [
        (1_780, "朝、台所で顔を合わせるようになった"),
        (1_650, "ごみ出しを一度だけしてくれた"),
        (1_420, "父の通院の日を覚えていて、声をかけた"),
        (1_230, "夜のコンビニで、店員にあいさつを返した"),
        (980, "センターからの便りを、机の上に置いていた"),
        (760, "父が入院した三日間、ひとりで暮らした"),
        (540, "便りの礼を、父に言づけた"),
        (310, "玄関先で職員に会釈をした"),
        (120, "自分から、天気の話をした"),
        (35, "図書館の開館時間を調べていた"),
    ];
    for (days, words) in years {
        teller.ago(days, 11);
        let step = SmallStep {
            day: teller.clock.today(),
            words: words.to_owned(),
        };
        let room = &teller.app.casework;
        room.note_small_step(me, case, opened.compartment, &step)
            .await?;
    }
    teller.ago(300, 14);
    teller
        .app
        .casework
        .heard_subject_knows(
            me,
            case,
            &casework::subject_knows::Heard {
                knows: Knows::Knows,
                from: opened.principal,
                on: teller.clock.today(),
            },
        )
        .await?;
    let his_side = Voice::Principal(opened.principal);
    let own = teller
        .app
        .casework
        .open_compartment(me, case, &his_side)
        .await?;
    let met = [block(
        "玄関で。「父がいつも世話になっています」と言われた。",
        BlockKind::PrincipalWords,
        Some(opened.principal),
        Some(opened.principal),
    )];
    teller
        .contact(
            me,
            case,
            With::Person(opened.principal),
            Channel::HomeVisit,
            Outcome::Met,
            Some(20),
            met.to_vec(),
            "",
        )
        .await?;
    for (days, words) in [
        (
            210,
            "父より電話。足が弱ってきた。買い物を息子に頼んだら、行ってくれた。",
        ),
        (
            95,
            "父より電話。介護のことを考えはじめた。息子には、まだ言っていない。",
        ),
        (
            20,
            "父より電話。息子が、夕方に散歩に出ている。理由は聞いていない。",
        ),
    ] {
        teller.ago(days, 10);
        teller
            .log(
                me,
                &opened,
                Channel::Phone,
                Outcome::Talked,
                Some(25),
                said_by(&opened, words),
                "",
            )
            .await?;
    }
    teller.visit(me, desk, case, own).await
}

async fn household(teller: &Teller<'_>, me: &Session, opened: &Opened) -> Result<()> {
    let (room, case, son) = (&teller.app.casework, opened.case, opened.principal);
    let Some(father) = opened.consulter else {
        return Ok(());
    };
    let mut mother = NewPerson::unknown(Part::Family, Relationship::Mother);
    mother.gender = Gender::Female;
    let mother = room.add_person(me, case, &mother).await?;
    let mut sister = NewPerson::unknown(Part::Family, Relationship::ElderSister).called("ゆみ");
    sister.gender = Gender::Female;
    let sister = room.add_person(me, case, &sister).await?;
    let living = [
        (father, Relationship::Father, Cohabiting::Together),
        (son, Relationship::Oneself, Cohabiting::Together),
        (sister, Relationship::ElderSister, Cohabiting::Apart),
    ];
    for (person, relation, cohabiting) in living {
        let stay = NewMembership {
            person,
            relation,
            cohabiting,
            from: None,
            until: None,
            source: Some(father),
        };
        room.note_membership(me, case, &stay).await?;
    }
    let kin = [
        (father, mother, Kin::Partner, Quality::Close),
        (father, son, Kin::Parent, Quality::Plain),
        (mother, son, Kin::Parent, Quality::Close),
        (father, sister, Kin::Parent, Quality::Plain),
        (mother, sister, Kin::Parent, Quality::Plain),
        (son, sister, Kin::Other, Quality::Distant),
    ];
    for (a, b, kind, quality) in kin {
        let kinship = NewKinship {
            a,
            b,
            kind,
            quality,
            source: Some(father),
        };
        room.note_kinship(me, case, &kinship).await?;
    }
    let died = PartialDay::parse("on", "2014")?;
    room.note_passing(me, case, mother, died, Some(father))
        .await?;
    let ties = [
        (
            Some(father),
            TieKind::Medical,
            Quality::Plain,
            Flow::Both,
            "内科",
        ),
        (
            Some(father),
            TieKind::Neighbours,
            Quality::Close,
            Flow::Both,
            "となりの家",
        ),
        (
            Some(son),
            TieKind::Hobby,
            Quality::Close,
            Flow::To,
            "図書館",
        ),
        (None, TieKind::Elderly, Quality::Distant, Flow::From, ""),
    ];
    for (person, kind, quality, direction, name) in ties {
        let tie = NewTie {
            person,
            kind,
            quality,
            direction,
            name: name.to_owned(),
            source: Some(father),
        };
        room.note_tie(me, case, &tie).await?;
    }
    let mut home =
        NewContactPoint::careful(contact_rule::Channel::Letter, "みどり市本町（見本の住所）");
    "鈴木".clone_into(&mut home.ourselves);
    "封筒に窓口の名前を書かない".clone_into(&mut home.remark);
    room.keep_contact_point(me, case, father, &home, None)
        .await?;
    Ok(())
}

/// A younger brother and his elder sister both consult; neither learns of the other from us.
async fn brother_and_sister(teller: &Teller<'_>, desk: &Desk) -> Result<()> {
    let me = &desk.coordinator;
    let mut brother = NewPerson::unknown(Part::Principal, Relationship::Oneself).called("そら");
    (brother.age_band, brother.gender) = (AgeBand::Thirties, Gender::Male);
    teller.ago(420, 16);
    let opened = teller.open(me, brother, None, Knows::Knows, None).await?;
    teller
        .step(me, opened.case, Stage::Active, "本人から、続けて話したいと")
        .await?;
    let said = said_by(
        &opened,
        "家族には、ここに来ていることを言わないでほしい。夜のほうが楽。",
    );
    teller
        .log(
            me,
            &opened,
            Channel::InPerson,
            Outcome::Talked,
            Some(50),
            said,
            "",
        )
        .await?;
    teller.ago(200, 13);
    let sister = NewPerson::unknown(Part::Family, Relationship::ElderSister).called("みお");
    let words = vec![block(
        "弟のことで電話。家でどう声をかければよいか。弟には、まだ言わないでほしい。",
        BlockKind::FamilyWords,
        None,
        Some(opened.principal),
    )];
    teller
        .contact(
            me,
            opened.case,
            With::New(sister),
            Channel::Phone,
            Outcome::Talked,
            Some(30),
            words,
            "弟さんが来ていることは、伝えていない。",
        )
        .await
}

/// 静観: nothing is asked, and that is the work.
async fn quiet(teller: &Teller<'_>, desk: &Desk) -> Result<()> {
    let me = &desk.coordinator;
    let mother = NewPerson::unknown(Part::Family, Relationship::Mother).called("かずこ");
    let mut daughter = NewPerson::unknown(Part::Principal, Relationship::Oneself).called("ひかり");
    (daughter.age_band, daughter.gender) = (AgeBand::Forties, Gender::Female);
    teller.ago(900, 10);
    let opened = teller
        .open(me, daughter, Some(mother), Knows::Knows, None)
        .await?;
    teller
        .step(me, opened.case, Stage::Active, "母の希望")
        .await?;
    teller.ago(400, 10);
    teller
        .step(
            me,
            opened.case,
            Stage::OnHold,
            "いまは何もしないでほしい、と本人の手紙。季節ごとに便りだけ。",
        )
        .await?;
    for days in [300, 210, 120, 30] {
        teller.ago(days, 10);
        teller
            .contact(
                me,
                opened.case,
                With::Person(opened.principal),
                Channel::Letter,
                Outcome::NoReplyLetter,
                Some(15),
                Vec::new(),
                "",
            )
            .await?;
    }
    Ok(())
}

/// A call without a name, about somebody whose age is not known either.
async fn anonymous(teller: &Teller<'_>, desk: &Desk) -> Result<()> {
    let me = &desk.supervisor;
    let caller = NewPerson::unknown(Part::Other, Relationship::Unsaid);
    let person = NewPerson::unknown(Part::Principal, Relationship::Oneself);
    teller.ago(60, 18);
    let opened = teller
        .open(me, person, Some(caller), Knows::Unknown, None)
        .await?;
    let said = said_by(
        &opened,
        "名前は言いたくない。家に、ずっといる人がいる。どこに相談できるかだけ知りたい。",
    );
    teller
        .log(
            me,
            &opened,
            Channel::Phone,
            Outcome::Talked,
            Some(12),
            said,
            "また電話してよいことを伝えた。",
        )
        .await
}

/// Somebody who came on his own, with a draft not yet confirmed.
async fn on_his_own(teller: &Teller<'_>, desk: &Desk) -> Result<CaseId> {
    let me = &desk.coordinator;
    let mut person = NewPerson::unknown(Part::Principal, Relationship::Oneself).called("たけ");
    (person.age_band, person.gender) = (AgeBand::Teens, Gender::Male);
    teller.ago(45, 15);
    let opened = teller.open(me, person, None, Knows::Knows, None).await?;
    teller
        .step(me, opened.case, Stage::Active, "本人の希望")
        .await?;
    for (days, minutes, words) in [
        (45, 40, "高校をやめて半年。昼と夜が逆。絵をかいている。"),
        (31, 50, "かいた絵を一枚、見せてくれた。"),
        (
            14,
            30,
            "来られなかった日のことは、聞かなかった。次も来てよいか、と聞かれた。",
        ),
    ] {
        teller.ago(days, 15);
        teller
            .log(
                me,
                &opened,
                Channel::InPerson,
                Outcome::Met,
                Some(minutes),
                said_by(&opened, words),
                "",
            )
            .await?;
    }
    Ok(opened.case)
}

fn block(
    text: &str,
    kind: BlockKind,
    source: Option<PersonId>,
    subject: Option<PersonId>,
) -> Block {
    Block {
        text: text.to_owned(),
        kind,
        source,
        subject,
        may_share: MayShare::Not,
    }
}

/// What whoever speaks in this case said about the person.
fn said_by(opened: &Opened, text: &str) -> Vec<Block> {
    let kind = match opened.consulter {
        Some(_) => BlockKind::FamilyWords,
        None => BlockKind::PrincipalWords,
    };
    let source = opened.consulter.unwrap_or(opened.principal);
    vec![block(text, kind, Some(source), Some(opened.principal))]
}
