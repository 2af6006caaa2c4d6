//! The sample letters: one of each kind that a desk meets. Nobody wrote them.

use super::cases;
use super::office::Desk;
use super::said::SampleLetter;
use crate::failure::Result;
use basics::{Clock, ThreadId};
use jiff::SignedDuration;
use mailbox::answer::Reply;
use mailbox::entered::EnteredLetter;
use mailbox::first_letter::FirstLetter;
use mailbox::return_code::Token;
use mailbox::{Origin, Tray, Wish, Writer};
use office::Session;
use vault::Zeroizing;
use web::App;

const MOTHER: &str = "29歳の息子のことで書いています。\n\n仕事をやめてから、3年ほど部屋で過ごしています。食事は部屋の前に置いています。\n声をかけたほうがいいのか、そっとしておいたほうがいいのか、分からなくなりました。\n本人に知られずに、家族だけで相談してもいいのでしょうか。";
const NIGHT: &str = "夜中にすみません。\n\n眠れなくて、このページを見つけました。ときどき、消えたいと思うことがあります。\n今すぐどうこうということではないです。だれかに言ってみたかっただけかもしれません。";
const FATHER: &str = "82歳の父です。52歳の息子と二人で暮らしています。\n私が動けなくなったあとのことを、どこに話せばよいのか教えてください。年金のことも気になっています。";
const FATHER_MORE: &str = "書き忘れました。息子は、夜になるとコンビニには出かけています。";
const ALONE: &str =
    "33歳です。一人暮らしです。電話は苦手です。\nメールか手紙だけで相談を続けることはできますか。";
const ALONE_ANSWER: &str = "お手紙をありがとうございます。みどり市ひきこもり地域支援センターの鈴木です。\n\nはい、手紙だけで続けられます。電話も、来ることも、必要ありません。\n書ける日に、書けることだけ書いてください。間があいても大丈夫です。\n\nいまの暮らしで、いちばん困っていることがあれば、ひとつだけ教えてください。なければ、そのままでかまいません。";
const SISTER: &str = "兄のことです。48歳で、家賃が払えなくなりそうだと聞きました。離れて暮らしています。\nどこに相談できるのか、知りたいです。";
const SISTER_ANSWER: &str = "お手紙をありがとうございます。センター長の佐藤です。\n\nお金と住まいのことは、自立相談支援機関で相談できます。お兄さんが行けないときは、ご家族だけでも相談できます。\nこのサイトの「窓口をさがす」から、お住まいの地域の窓口をごらんください。\nひきこもりのことは、いつでもこちらへ書いてください。";
const SISTER_THANKS: &str = "ありがとうございます。窓口に電話できました。お返事はいりません。";
const STUDENT: &str = "高校をやめて半年です。昼と夜が逆になっています。親には言っていません。";
const STUDENT_ANSWER: &str = "書いてくれてありがとう。鈴木です。\n\n昼と夜が逆になることは、めずらしいことではありません。\nここでは、なおすことを急ぎません。続きを書きたくなったら、いつでもどうぞ。";
const TEST: &str = "てすと てすと てすと";
const PHONE: &str = "（電話で聞き取り）\n近所の方から。となりの家の40代の方を、2年ほど見かけていないとのこと。ご家族とは、あいさつをする間柄。\nどう声をかけたらよいか、教えてほしい。返事は、お渡しした番号で見るとのこと。";

/// Writes the story, moving the story's clock from its beginning to the present.
pub async fn write(
    app: &App,
    clock: &Clock,
    now: &Clock,
    desk: &Desk,
) -> Result<Vec<SampleLetter>> {
    let post = Post {
        app,
        clock,
        now,
        desk,
    };
    let mut letters = Vec::new();

    post.days_ago(11, 14);
    let (student, student_code) = post.first(Writer::Principal, STUDENT).await?;
    post.days_ago(10, 2);
    post.reply(&desk.coordinator, student, STUDENT_ANSWER, 1)
        .await?;
    post.days_ago(9, 13);
    let (_, mother) = post.first(Writer::Family, MOTHER).await?;
    letters.push(
        post.shown(
            "返事を待っている（約束の日を過ぎている）",
            "overdue",
            mother,
        )
        .await?,
    );
    post.days_ago(8, 5);
    let (sister, sister_code) = post.first(Writer::Family, SISTER).await?;
    post.days_ago(7, 3);
    post.reply(&desk.supervisor, sister, SISTER_ANSWER, 1)
        .await?;
    let writer = app.mailbox.holder(&sister_code).await?;
    app.mailbox.read_as_holder(&writer).await?;
    app.mailbox
        .write_more(&writer, SISTER_THANKS, &Token::fresh())
        .await?;
    let writer = app.mailbox.holder(&sister_code).await?;
    app.mailbox.wish(&writer, Wish::NoReply).await?;
    post.days_ago(6, 2);
    app.mailbox.close(&desk.coordinator, student, None).await?;
    letters.push(SampleLetter {
        what: "終わった手紙",
        key: "closed",
        long: student_code,
        spoken: None,
    });
    letters.push(SampleLetter {
        what: "返事はいりません、と書いた手紙",
        key: "no_reply",
        long: sister_code,
        spoken: None,
    });
    post.days_ago(5, 6);
    let (alone, alone_code) = post.first(Writer::Principal, ALONE).await?;
    post.days_ago(4, 4);
    post.reply(&desk.coordinator, alone, ALONE_ANSWER, 1)
        .await?;
    cases::letters_only(app, clock, now, desk, alone).await?;
    letters.push(
        post.shown("返事が届いている", "answered", alone_code)
            .await?,
    );
    post.days_ago(2, 3);
    let (father, father_code) = post.first(Writer::Family, FATHER).await?;
    let writer = app.mailbox.holder(&father_code).await?;
    post.days_ago(2, 2);
    app.mailbox
        .write_more(&writer, FATHER_MORE, &Token::fresh())
        .await?;
    app.mailbox
        .assign(&desk.supervisor, father, Some(desk.supervisor.staff()))
        .await?;
    app.mailbox
        .note(
            &desk.supervisor,
            father,
            "地域包括支援センターの担当を確かめてから返事を書きます。",
            &Token::fresh(),
        )
        .await?;
    letters.push(
        post.shown(
            "返事を待っている（2通、担当が決まっている）",
            "waiting",
            father_code,
        )
        .await?,
    );
    post.days_ago(1, 4);
    let phone = EnteredLetter {
        origin: Origin::Phone,
        writer: Writer::Other,
        body: PHONE,
        token: &Token::fresh(),
    };
    let (_, phone) = app.mailbox.enter_letter(&desk.coordinator, &phone).await?;
    letters.push(SampleLetter {
        what: "電話で聞いて職員が書いた手紙（はじめに番号を変えます）",
        key: "entered",
        long: phone.long,
        spoken: Some(phone.spoken),
    });
    let (test, _) = post.first(Writer::Unsaid, TEST).await?;
    app.mailbox
        .move_to(&desk.coordinator, test, Tray::Check)
        .await?;
    post.last_night();
    let (_, night) = post.first(Writer::Principal, NIGHT).await?;
    letters.push(
        post.shown(
            "返事を待っている（夜中に届いた、気になる言葉のある手紙）",
            "risk",
            night,
        )
        .await?,
    );
    Ok(letters)
}

/// The story's post office: who writes when.
struct Post<'a> {
    app: &'a App,
    clock: &'a Clock,
    now: &'a Clock,
    desk: &'a Desk,
}

impl Post<'_> {
    fn days_ago(&self, days: i64, hours: i64) {
        let before = SignedDuration::from_hours(24 * days + hours);
        self.clock.set(
            self.now
                .now()
                .saturating_sub(before)
                .unwrap_or(self.now.now()),
        );
    }

    /// Twenty to three, when nobody else is up.
    fn last_night(&self) {
        let into_the_night = SignedDuration::from_mins(160);
        let at = |day| basics::time::start_of_day(day).saturating_add(into_the_night);
        let today = self.now.today();
        let last = [Some(today), today.yesterday().ok()]
            .into_iter()
            .flatten()
            .filter_map(|day| at(day).ok())
            .find(|night| *night <= self.now.now());
        self.clock.set(last.unwrap_or(self.now.now()));
    }

    async fn first(&self, writer: Writer, body: &str) -> Result<(ThreadId, Zeroizing<String>)> {
        let letter = FirstLetter {
            office: self.desk.id,
            writer,
            body,
            token: &Token::fresh(),
            address: None,
        };
        let sent = self.app.mailbox.first_letter(&letter).await?;
        Ok((sent.thread, sent.code))
    }

    async fn reply(&self, by: &Session, to: ThreadId, body: &str, seen: i64) -> Result<()> {
        let reply = Reply {
            body,
            token: &Token::fresh(),
            seen,
            next_promise: None,
        };
        self.app.mailbox.reply(by, to, &reply).await?;
        Ok(())
    }

    /// A letter with the digits that its writer still sees.
    async fn shown(
        &self,
        what: &'static str,
        key: &'static str,
        long: Zeroizing<String>,
    ) -> Result<SampleLetter> {
        let writer = self.app.mailbox.holder(&long).await?;
        let spoken = self
            .app
            .mailbox
            .code_to_show(&writer)
            .await?
            .map(|code| code.spoken);
        Ok(SampleLetter {
            what,
            key,
            long,
            spoken,
        })
    }
}
