//! Reading our own pages: forms, links and the words a person sees.
//!
//! A deliberately small reader for the well-formed HTML that our templates produce (axe-core and Chromium judge the
//! markup in `e2e`). It knows tags, attributes, character references and what belongs to a form.

/// A form as a browser would see it before anything is filled in.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Where it is sent; empty means the page's own address.
    pub action: String,
    /// `get` or `post`, in lower case.
    pub method: String,
    /// What a browser would send for the controls as they stand: name and value, in order.
    pub values: Vec<(String, String)>,
    /// Every control's name that can be filled in, also those that send nothing as they stand (unticked boxes).
    pub names: Vec<String>,
    /// The choices there are for radio buttons, boxes and lists: name and value.
    pub choices: Vec<(String, String)>,
    /// Buttons that send it: name, value, words on it, and an address of its own (`formaction`).
    pub buttons: Vec<Button>,
}

/// A button that sends a form.
#[derive(Debug, Clone, Default)]
pub struct Button {
    /// Its name; empty when it sends no value.
    pub name: String,
    /// The value sent when it is the one pressed.
    pub value: String,
    /// The words on it.
    pub label: String,
    /// `formaction`, if the button sends the form somewhere else.
    pub action: Option<String>,
}

/// One piece of a page.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Open {
        name: String,
        attributes: Vec<(String, String)>,
    },
    Close {
        name: String,
    },
    Text(&'a str),
}

/// All forms of a page, in order.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut inside = false;
    let mut button: Option<Button> = None;
    let mut area: Option<(String, String)> = None;
    let mut list: Option<List> = None;
    for piece in pieces(html) {
        match piece {
            Piece::Open { name, attributes } => {
                let get = |key: &str| {
                    attributes
                        .iter()
                        .find(|(k, _)| k == key)
                        .map(|(_, value)| value.clone())
                };
                let has = |key: &str| get(key).is_some();
                if name == "form" {
                    inside = true;
                    forms.push(Form {
                        action: get("action").unwrap_or_default(),
                        method: get("method").unwrap_or_default().to_lowercase(),
                        ..Form::default()
                    });
                    continue;
                }
                let Some(form) = forms.last_mut().filter(|_| inside) else {
                    continue;
                };
                let field = get("name").unwrap_or_default();
                let value = get("value");
                match name.as_str() {
                    "input" => form.input(
                        get("type").as_deref().unwrap_or("text"),
                        field,
                        value,
                        has("checked"),
                        has("disabled"),
                    ),
                    "button" if get("type").as_deref().unwrap_or("submit") == "submit" => {
                        button = Some(Button {
                            name: field,
                            value: value.unwrap_or_default(),
                            label: String::new(),
                            action: get("formaction"),
                        });
                    }
                    "textarea" => area = Some((field, String::new())),
                    "select" => {
                        list = Some(List {
                            name: field,
                            first: None,
                            chosen: None,
                        });
                    }
                    "option" => {
                        if let Some(list) = &mut list {
                            let value = value.unwrap_or_default();
                            form.choices.push((list.name.clone(), value.clone()));
                            list.first.get_or_insert_with(|| value.clone());
                            if has("selected") {
                                list.chosen = Some(value);
                            }
                        }
                    }
                    _ => {}
                }
            }
            Piece::Text(text) => {
                if let Some(button) = &mut button {
                    button.label.push_str(&unescape(text));
                }
                if let Some((_, words)) = &mut area {
                    words.push_str(&unescape(text));
                }
            }
            Piece::Close { name } => {
                let Some(form) = forms.last_mut() else {
                    continue;
                };
                match name.as_str() {
                    "form" => inside = false,
                    "button" => {
                        if let Some(mut done) = button.take() {
                            done.label =
                                done.label.split_whitespace().collect::<Vec<_>>().join(" ");
                            form.buttons.push(done);
                        }
                    }
                    "textarea" => {
                        if let Some((name, words)) = area.take() {
                            // HTML drops one line break right after <textarea>.
                            let words = words.strip_prefix('\n').unwrap_or(&words).to_owned();
                            form.offer(&name, words);
                        }
                    }
                    "select" => {
                        if let Some(done) = list.take() {
                            let value = done.chosen.or(done.first).unwrap_or_default();
                            form.offer(&done.name, value);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    forms
}

struct List {
    name: String,
    first: Option<String>,
    chosen: Option<String>,
}

impl Form {
    fn offer(&mut self, name: &str, value: String) {
        if !name.is_empty() {
            self.names.push(name.to_owned());
            self.values.push((name.to_owned(), value));
        }
    }

    fn input(
        &mut self,
        kind: &str,
        name: String,
        value: Option<String>,
        checked: bool,
        disabled: bool,
    ) {
        if disabled {
            return;
        }
        match kind {
            "submit" | "image" => {
                let value = value.unwrap_or_default();
                self.buttons.push(Button {
                    name,
                    label: value.clone(),
                    value,
                    action: None,
                });
            }
            "button" | "reset" => {}
            "radio" | "checkbox" => {
                let value = value.unwrap_or_else(|| "on".to_owned());
                self.choices.push((name.clone(), value.clone()));
                if checked {
                    self.offer(&name, value);
                } else {
                    self.names.push(name);
                }
            }
            _ => self.offer(&name, value.unwrap_or_default()),
        }
    }
}

/// All links of a page: address and words.
pub fn links(html: &str) -> Vec<(String, String)> {
    let mut links: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for piece in pieces(html) {
        match piece {
            Piece::Open { name, attributes } if name == "a" => {
                if let Some((_, href)) = attributes.into_iter().find(|(key, _)| key == "href") {
                    links.push((href, String::new()));
                    inside = true;
                }
            }
            Piece::Close { name } if name == "a" => inside = false,
            Piece::Text(text) if inside => {
                if let Some((_, words)) = links.last_mut() {
                    words.push_str(unescape(text).trim());
                }
            }
            _ => {}
        }
    }
    links
}

/// The page's title.
pub fn title(html: &str) -> String {
    let mut inside = false;
    let mut title = String::new();
    for piece in pieces(html) {
        match piece {
            Piece::Open { name, .. } if name == "title" => inside = true,
            Piece::Close { name } if name == "title" => return title.trim().to_owned(),
            Piece::Text(text) if inside => title.push_str(&unescape(text)),
            _ => {}
        }
    }
    title
}

/// The words a person sees: no tags, no scripts and styles, white space as single spaces.
pub fn text(html: &str) -> String {
    let mut hidden = 0_usize;
    let mut words = String::new();
    for piece in pieces(html) {
        match piece {
            Piece::Open { name, .. } if matches!(name.as_str(), "script" | "style" | "title") => {
                hidden += 1;
            }
            Piece::Close { name } if matches!(name.as_str(), "script" | "style" | "title") => {
                hidden = hidden.saturating_sub(1);
            }
            Piece::Text(text) if hidden == 0 => {
                words.push_str(&unescape(text));
            }
            Piece::Open { name, .. } | Piece::Close { name } if !is_inline(&name) => {
                words.push(' ');
            }
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_inline(tag: &str) -> bool {
    matches!(
        tag,
        "a" | "span"
            | "b"
            | "i"
            | "em"
            | "strong"
            | "ruby"
            | "rb"
            | "rt"
            | "rp"
            | "mark"
            | "small"
            | "code"
            | "wbr"
            | "abbr"
            | "time"
    )
}

fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = html;
    // Between these tags there is text only, whatever it looks like.
    let mut raw: Option<String> = None;
    while !rest.is_empty() {
        if let Some(name) = raw.take() {
            let end = find_close(rest, &name).unwrap_or(rest.len());
            if end > 0 {
                pieces.push(Piece::Text(&rest[..end]));
            }
            rest = &rest[end..];
            continue;
        }
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.find("-->").map_or("", |at| &after[at + 3..]);
        } else if rest.starts_with("<!") {
            rest = rest.find('>').map_or("", |at| &rest[at + 1..]);
        } else if let Some(after) = rest.strip_prefix("</") {
            let end = after.find('>').unwrap_or(after.len());
            pieces.push(Piece::Close {
                name: after[..end].trim().to_lowercase(),
            });
            rest = after.get(end + 1..).unwrap_or("");
        } else if rest.starts_with('<') && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic())
        {
            let (name, attributes, after) = open_tag(&rest[1..]);
            if matches!(name.as_str(), "script" | "style" | "textarea" | "title") {
                raw = Some(name.clone());
            }
            pieces.push(Piece::Open { name, attributes });
            rest = after;
        } else {
            // A lone bracket is text too, so the search begins after the first character.
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == '<')
                .map_or(rest.len(), |(at, _)| at);
            pieces.push(Piece::Text(&rest[..end]));
            rest = &rest[end..];
        }
    }
    pieces
}

fn find_close(html: &str, name: &str) -> Option<usize> {
    html.match_indices("</").map(|(at, _)| at).find(|at| {
        html.get(at + 2..at + 2 + name.len())
            .is_some_and(|tag| tag.eq_ignore_ascii_case(name))
    })
}

/// Reads `input name="a" checked>` up to and including the bracket.
fn open_tag(inside: &str) -> (String, Vec<(String, String)>, &str) {
    let name_end = inside
        .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
        .unwrap_or(inside.len());
    let name = inside[..name_end].to_lowercase();
    let mut attributes = Vec::new();
    let mut rest = &inside[name_end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (name, attributes, after);
        }
        if rest.is_empty() {
            return (name, attributes, rest);
        }
        let key_end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
            .unwrap_or(rest.len())
            .max(1);
        let key = rest[..key_end].to_lowercase();
        rest = rest[key_end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else {
            attributes.push((key, String::new()));
            continue;
        };
        let after = after.trim_start();
        let quote = after
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\''));
        let (value, remaining) = if let Some(quote) = quote {
            let end = after[1..].find(quote).map_or(after.len(), |at| at + 1);
            (&after[1..end], after.get(end + 1..).unwrap_or(""))
        } else {
            let end = after
                .find(|c: char| c.is_whitespace() || c == '>')
                .unwrap_or(after.len());
            after.split_at(end)
        };
        attributes.push((key, unescape(value)));
        rest = remaining;
    }
}

/// Character references to characters: the named ones that askama and we write, and all numbers.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find(';').filter(|end| *end <= 10) else {
            out.push('&');
            rest = &rest[1..];
            continue;
        };
        let name = &rest[1..end];
        let known = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            "thinsp" => Some('\u{2009}'),
            "hellip" => Some('…'),
            "mdash" => Some('—'),
            "rarr" => Some('→'),
            _ => name.strip_prefix('#').and_then(|number| {
                number
                    .strip_prefix(['x', 'X'])
                    .map_or_else(
                        || number.parse().ok(),
                        |hex| u32::from_str_radix(hex, 16).ok(),
                    )
                    .and_then(char::from_u32)
            }),
        };
        if let Some(character) = known {
            out.push(character);
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!DOCTYPE html><html><head><title>手紙 &amp; 返事</title><style>a{}</style></head>
        <body><!-- <form> --><p>こん<b>にち</b>は</p><a href="/a?b=1&amp;c=2">つづき</a>
        <form action="/tegami" method="POST">
          <input type=hidden name="token" value="a&quot;b">
          <label><input type="radio" name="who" value="self" checked> 本人</label>
          <label><input type="radio" name="who" value="family"> 家族</label>
          <input type="checkbox" name="ok">
          <textarea name="body" rows="3">
一行目
&lt;二行目&gt;</textarea>
          <select name="day"><option value="1">一</option><option value="2" selected>二</option></select>
          <button name="go" value="send"><span>送る</span></button>
          <button type="button" name="no">消す</button>
        </form><form method="get"><input type="submit" value="探す"></form></body></html>"#;

    #[test]
    fn a_form_is_read_as_a_browser_would_send_it() {
        let forms = forms(PAGE);
        assert_eq!(forms.len(), 2);
        let sent: Vec<_> = forms[0]
            .values
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            sent,
            [
                ("token", "a\"b"),
                ("who", "self"),
                ("body", "一行目\n<二行目>"),
                ("day", "2")
            ]
        );
        assert_eq!(forms[0].method, "post");
        assert_eq!(forms[0].buttons.len(), 1);
        assert_eq!(forms[0].buttons[0].label, "送る");
        assert_eq!(forms[1].buttons[0].label, "探す");
        assert!(forms[0].names.contains(&"ok".to_owned()));
    }

    #[test]
    fn words_links_and_title() {
        assert_eq!(title(PAGE), "手紙 & 返事");
        assert_eq!(
            links(PAGE),
            [("/a?b=1&c=2".to_owned(), "つづき".to_owned())]
        );
        assert!(
            text(PAGE).starts_with("こんにちは つづき 本人 家族"),
            "{}",
            text(PAGE)
        );
    }
}
