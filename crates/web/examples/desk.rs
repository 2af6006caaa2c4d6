//! Serves the desk with a sample office, to look at it: `cargo run -p web --example desk -- 127.0.0.1:8098`.
//! Prints one session cookie a role. `ippo demo` is the real thing; this one needs no sign-in by hand.

#![allow(clippy::expect_used, reason = "an example starts or says why not")]

use std::sync::Arc;

use basics::ThreadId;
use mailbox::{
    Origin, Writer, answer::Reply, entered::EnteredLetter, first_letter::FirstLetter,
    return_code::Token,
};
use office::{
    access::{Action, operator},
    phrases::{self, PhraseText},
};
use testkit::builders::a_staffed_office;

#[tokio::main]
async fn main() {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8098".to_owned());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = store::Db::open(&format!(
        "sqlite:{}",
        folder.path().join("desk.db").display()
    ))
    .await
    .expect("a database");
    db.migrate(&[
        office::MIGRATIONS,
        directory::MIGRATIONS,
        mailbox::MIGRATIONS,
        casework::MIGRATIONS,
        community::MIGRATIONS,
    ])
    .await
    .expect("migrations");
    let clock = testkit::clock_at("2026-11-17T21:10");
    let office = a_staffed_office(&db, &clock, "みどり市").await;
    let rules = guide::Rules::shipped().expect("the rules are whole");
    let config = web::Config::new(format!("http://{address}"), [1; 32]);
    let app = web::App::new(
        config,
        db.clone(),
        Arc::new(directory::Directory::load()),
        Arc::new(rules),
        clock.clone(),
    );
    let permit = operator(&clock, office.id, Action::EditPhrases);
    for (title, body) in [
        (
            "はじめのお返事",
            "お手紙を読みました。書いてくださって、ありがとうございます。\n{窓口}の{担当}です。\n\n{約束の日}までに、また書きます。",
        ),
        (
            "開いている時間",
            "電話は{開いている日}に開いています。手紙はいつでも大丈夫です。",
        ),
    ] {
        let text = PhraseText {
            title: title.to_owned(),
            body: body.to_owned(),
            position: 10,
        };
        phrases::add(&db, &permit, &text).await.expect("a text");
    }
    let letters = [
        (
            Writer::Principal,
            "はじめて書きます。\n\n三年くらい、ほとんど家から出ていません。夜になると考えてしまって、消えたいと思うことがあります。\n\n何をお願いしたいのか、自分でもよくわかりません。読んでもらえるだけでいいです。",
        ),
        (
            Writer::Family,
            "三十二歳の息子のことです。話しかけても返事がなく、食事は部屋の前に置いています。\n夫は、もう放っておけと言います。どう声をかけたらいいでしょうか。",
        ),
        (
            Writer::Unsaid,
            "しゃべるのが苦手です。手紙だけでも大丈夫ですか。",
        ),
        (
            Writer::Family,
            "先月の手紙の者です。お金のことで、借金があるとわかりました。",
        ),
    ];
    let mut threads: Vec<ThreadId> = Vec::new();
    for (hours, (writer, body)) in [0, 20, 40, 12].into_iter().zip(letters) {
        clock.advance(jiff::SignedDuration::from_hours(hours));
        let letter = FirstLetter {
            office: office.id,
            writer,
            body,
            token: &Token::fresh(),
            address: None,
        };
        threads.push(
            app.mailbox
                .first_letter(&letter)
                .await
                .expect("a letter")
                .thread,
        );
    }
    let coordinator = office.session(&office.coordinator).await;
    let supervisor = office.session(&office.supervisor).await;
    let box_ = &app.mailbox;
    box_.assign(&coordinator, threads[1], Some(office.coordinator.staff))
        .await
        .expect("taken");
    let answer = Reply {
        body: "お手紙を読みました。手紙だけで大丈夫です。\n\n書けるときに、書けるだけ書いてください。",
        token: &Token::fresh(),
        seen: 1,
        next_promise: None,
    };
    box_.reply(&coordinator, threads[2], &answer)
        .await
        .expect("answered");
    box_.note(
        &supervisor,
        threads[0],
        "あさって、二人で読み直しましょう。返事は短く、いつ読むかを書く。",
        &Token::fresh(),
    )
    .await
    .expect("a note");
    let entered = EnteredLetter {
        origin: Origin::Phone,
        writer: Writer::Other,
        body: "となりの家のことで電話しました。夜に大きな声がします。暴力があるのではと心配です。",
        token: &Token::fresh(),
    };
    box_.enter_letter(&coordinator, &entered)
        .await
        .expect("entered");
    clock.set(testkit::clock_at("2026-11-24T10:20").now());
    office::presence::touch(
        &db,
        &supervisor,
        &format!("thread:{}", threads[0]),
        office::presence::Doing::Answering,
    )
    .await
    .expect("there");
    for who in [
        &office.coordinator,
        &office.supervisor,
        &office.administrator,
    ] {
        println!(
            "{} {} {}",
            who.role.code(),
            office.sign_in(who).await,
            who.login
        );
    }
    println!(
        "threads {}",
        threads
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    );
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .expect("the address is free");
    println!("http://{address}/desk");
    let service = web::router(app).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).await.expect("serving");
}
