//! What people would like to know before they call, as far as a source says it.

use crate::contact::Channel;
use crate::window::Text;

/// What is known about one question.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Fact {
    /// No source says.
    #[default]
    Unknown,
    /// A source says so; `words` are its words.
    Known {
        /// The answer.
        yes: bool,
        /// The words of the source from which it was taken.
        words: Text,
    },
}

impl Fact {
    pub(crate) fn yes(words: impl Into<Text>) -> Self {
        Self::Known {
            yes: true,
            words: words.into(),
        }
    }

    pub(crate) fn no(words: impl Into<Text>) -> Self {
        Self::Known {
            yes: false,
            words: words.into(),
        }
    }

    /// The answer, if any.
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Known { yes, .. } => Some(*yes),
        }
    }

    /// For sure yes.
    pub fn is_yes(&self) -> bool {
        self.known() == Some(true)
    }

    /// 「はい」「いいえ」「まだ確認できていません」
    pub fn label(&self) -> &'static str {
        match self.known() {
            Some(true) => "はい",
            Some(false) => "いいえ",
            None => "まだ確認できていません",
        }
    }
}

/// The questions people have before they call. Taken only from what the data really says.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// 無料
    pub free: Fact,
    /// 家族だけでも相談できる
    pub family_ok: Fact,
    /// 名前を言わなくてよい
    pub anonymous_ok: Fact,
    /// 声を出さなくてよい (mail, chat, letter, fax)
    pub voiceless_ok: Fact,
    /// 家から出なくてよい
    pub from_home_ok: Fact,
    /// 家に来てもらえる
    pub home_visit: Fact,
    /// 行くには予約がいる
    pub booking: Fact,
}

impl Facts {
    /// What the ways of consulting say by themselves: mail needs no voice, the telephone no going out.
    pub(crate) fn from_channels(channels: &[Channel], words: &Text) -> Self {
        let any = |wanted: &[Channel]| {
            if channels.iter().any(|c| wanted.contains(c)) {
                Fact::yes(words.clone())
            } else {
                Fact::Unknown
            }
        };
        Self {
            voiceless_ok: any(&[Channel::Mail, Channel::Chat, Channel::Fax, Channel::Letter]),
            from_home_ok: any(&[
                Channel::Tel,
                Channel::Mail,
                Channel::Chat,
                Channel::Online,
                Channel::Fax,
                Channel::Letter,
                Channel::Visit,
            ]),
            home_visit: any(&[Channel::Visit]),
            booking: if words.contains("予約") {
                Fact::yes(words.clone())
            } else {
                Fact::Unknown
            },
            ..Self::default()
        }
    }
}
