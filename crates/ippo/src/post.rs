//! Messages by mail: the few that somebody asked for, in words that say nothing.
//!
//! The rooms know no network; `community::notice` hands out what is due, and here it leaves by the operator's own mail
//! server. Whoever finds it in a mailbox reads a day and a time: no office, no place, no matter, no name, no number.

use crate::config::{Mail, Security};
use crate::failure::{Failure, Result};
use basics::japanese;
use basics::time::to_jst;
use community::Community;
use community::notice::What;
use community::notice::message::{Message, NotSent};
use jiff::Timestamp;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::time::Duration;
use tokio::sync::watch;

/// What every message is called.
pub const SUBJECT: &str = "予定のお知らせ";
/// Who every message is from.
pub const FROM: &str = "予定";
/// How often is looked for what is due.
const EVERY: Duration = Duration::from_mins(1);
/// How long the server may take for one step.
const PATIENCE: Duration = Duration::from_secs(30);

/// The way out to the mail server.
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
    link: Option<String>,
}

impl Post {
    /// Makes ready; nothing is connected yet.
    pub fn new(mail: &Mail, public_url: &str) -> Result<Self> {
        let trouble = |error: lettre::transport::smtp::Error| {
            Failure::failed(format!("メールの準備ができませんでした（{error}）。"))
        };
        let tls = || TlsParameters::new(mail.host.clone()).map_err(trouble);
        let kept = match mail.security {
            Security::StartTls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
            Security::Nothing => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host)
            .port(mail.port)
            .tls(kept)
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = &mail.account {
            let credentials = Credentials::new(user.clone(), (**password).clone());
            transport = transport.credentials(credentials);
        }
        let from = mail
            .from
            .parse()
            .map_err(|_| Failure::usage("[mail] の from が正しくありません。"))?;
        Ok(Self {
            transport: transport.build(),
            from,
            link: mail.link.then(|| public_url.to_owned()),
        })
    }

    /// Sends one message, or says whether it makes sense to try again. What the server answered may repeat the address:
    /// it is not kept.
    pub async fn send(&self, message: &Message) -> std::result::Result<(), NotSent> {
        let Ok(to) = message.address.parse::<Address>() else {
            return Err(NotSent::Refused);
        };
        let mail = self
            .letter(message, to)
            .map_err(|_: lettre::error::Error| NotSent::Refused)?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) if is_about_the_mailbox(&error) => Err(NotSent::Refused),
            // Also a wrong password and a sender it does not know: those the operator can mend.
            Err(_) => Err(NotSent::NotNow),
        }
    }

    fn letter(
        &self,
        message: &Message,
        to: Address,
    ) -> std::result::Result<lettre::Message, lettre::error::Error> {
        let mark = format!("<{}@{}>", message.mark, self.from.domain());
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let body = words(message.what, message.starts_at, self.link.as_deref());
        let mut letter = lettre::Message::builder()
            .from(Mailbox::new(Some(FROM.to_owned()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(SUBJECT)
            .message_id(Some(mark))
            .singlepart(
                SinglePart::builder()
                    .header(header::ContentType::TEXT_PLAIN)
                    .body(body),
            )?;
        letter.headers_mut().insert_raw(automatic);
        Ok(letter)
    }
}

/// No such mailbox, not here, full for good (RFC 5321 §4.2.3).
fn is_about_the_mailbox(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map(|code| code.to_string());
    code.is_some_and(|code| matches!(code.as_str(), "550" | "551" | "552" | "553" | "556"))
}

/// The words of a message.
pub fn words(what: What, starts_at: Timestamp, link: Option<&str>) -> String {
    let at = to_jst(starts_at);
    let (day, time) = (japanese::date(at.date()), japanese::time(at.time()));
    let said = match what {
        What::Reminder => format!("予定のお知らせです。\n\n{day} {time} から"),
        What::SeatFree => format!("空きができました。\n\n{day} {time} から"),
        What::Cancelled => format!("予定が、とりやめになりました。\n\n{day} {time} からの予定"),
        What::OnAfterAll => {
            format!("とりやめとお知らせした予定が、やはりあります。\n\n{day} {time} から")
        }
        What::Moved => format!("日時が変わりました。\n\n新しい日時: {day} {time} から"),
    };
    let more = "くわしくは、予約の番号のページをごらんください。";
    let link = link.map_or_else(String::new, |url| format!("\n{url}"));
    format!("{said}\n\n{more}{link}\n\nこのメールに返信しても、だれにも届きません。\n")
}

/// Sends everything that is due at this moment. Each message is its own matter: one that fails keeps none from leaving.
pub async fn send_due(room: &Community, post: &Post) -> community::Result<()> {
    while let Some(message) = room.take_message().await? {
        match post.send(&message).await {
            Ok(()) => room.message_sent(&message).await?,
            Err(why) => {
                tracing::warn!(?why, "お知らせのメールを1通、送れませんでした");
                room.message_not_sent(&message, why).await?;
            }
        }
    }
    Ok(())
}

/// Sends what is due, from time to time, until told to stop. A message under way is finished first.
pub async fn work(room: Community, post: Post, mut stopped: watch::Receiver<bool>) {
    let mut often = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            _ = often.tick() => {}
        }
        if let Err(error) = send_due(&room, &post).await {
            tracing::error!(?error, "お知らせのメールを送れませんでした");
        }
    }
}

#[cfg(test)]
mod tests;
