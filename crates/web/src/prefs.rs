//! 「見やすさ」: how a person wants to see the pages. Held in one small cookie, drawn on the server, no script.

use axum::http::{HeaderMap, HeaderValue};

use crate::{Config, Form, cookie};

/// The name of the cookie.
pub const COOKIE: &str = "v";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// How large the letters are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// As the browser says.
    #[default]
    Normal,
    /// A quarter larger.
    Large,
    /// Half as large again.
    Larger,
}

/// A person's choices. The default is what someone sees who never chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefs {
    /// Colours.
    pub theme: Theme,
    /// Text size.
    pub size: Size,
    /// やさしい日本語.
    pub easy: bool,
    /// Readings over the words.
    pub ruby: bool,
}

impl Prefs {
    /// Reads the cookie; anything unknown in it counts as not chosen.
    pub fn from_headers(headers: &HeaderMap, config: &Config) -> Self {
        let mut prefs = Self::default();
        for (key, value) in cookie::read(headers, config, COOKIE)
            .unwrap_or("")
            .split('&')
            .filter_map(|p| p.split_once('='))
        {
            prefs.choose(key, value);
        }
        prefs
    }

    /// Reads the form of `/yomi`.
    pub fn from_form(form: &Form) -> Self {
        let mut prefs = Self::default();
        prefs.choose("t", form.text("t"));
        prefs.choose("f", form.text("f"));
        prefs.choose("e", form.text("e"));
        prefs.choose("r", form.text("r"));
        prefs
    }

    fn choose(&mut self, key: &str, value: &str) {
        match (key, value) {
            ("t", "light") => self.theme = Theme::Light,
            ("t", "dark") => self.theme = Theme::Dark,
            ("f", "l") => self.size = Size::Large,
            ("f", "xl") => self.size = Size::Larger,
            ("e", "1") => self.easy = true,
            ("r", "1") => self.ruby = true,
            _ => {}
        }
    }

    /// The cookie that remembers the choices until the browser closes; taken away again when nothing is chosen.
    pub fn to_cookie(self, config: &Config) -> HeaderValue {
        if self == Self::default() {
            return cookie::clear(config, COOKIE);
        }
        let mut parts = Vec::new();
        match self.theme {
            Theme::Auto => {}
            Theme::Light => parts.push("t=light"),
            Theme::Dark => parts.push("t=dark"),
        }
        match self.size {
            Size::Normal => {}
            Size::Large => parts.push("f=l"),
            Size::Larger => parts.push("f=xl"),
        }
        if self.easy {
            parts.push("e=1");
        }
        if self.ruby {
            parts.push("r=1");
        }
        cookie::set(config, COOKIE, &parts.join("&"))
    }

    /// Value of `data-theme` on the page, empty for 「おまかせ」.
    pub fn theme_name(&self) -> &'static str {
        match self.theme {
            Theme::Auto => "",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Value of `data-size` on the page, empty for the ordinary size.
    pub fn size_name(&self) -> &'static str {
        match self.size {
            Size::Normal => "",
            Size::Large => "l",
            Size::Larger => "xl",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn a_choice_survives_its_cookie() {
        let config = Config::new("http://localhost", [0; 32]);
        for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
            for size in [Size::Normal, Size::Large, Size::Larger] {
                for (easy, ruby) in [(false, false), (true, false), (false, true), (true, true)] {
                    let prefs = Prefs {
                        theme,
                        size,
                        easy,
                        ruby,
                    };
                    let line = prefs.to_cookie(&config);
                    let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
                    let mut headers = HeaderMap::new();
                    headers.insert(header::COOKIE, HeaderValue::from_str(&pair).unwrap());
                    assert_eq!(Prefs::from_headers(&headers, &config), prefs);
                }
            }
        }
    }
}
