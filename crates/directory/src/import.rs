//! Windows of an operator's own: the CSV file it is read from, row by row.
//!
//! # The file
//! UTF-8 (with or without a mark at the start) or Shift_JIS, as spreadsheet programs save it; the first line names the
//! columns, in any order, in Japanese or English:
//!
//! | column | | must | holds |
//! |---|---|---|---|
//! | 種類 | `kind` | yes | a code: HC, MUNI, KW, JS, MHC, SAPO, … |
//! | 名称 | `name` | yes | the name |
//! | 担当地域 | `serves` | yes | municipality codes, separated by a space; a prefecture's code means all of it |
//! | 出典 | `source` | yes | where it is known from (an address, or words) |
//! | 確認日 | `confirmed_at` | yes | the day it was checked: 2026-11-22 |
//! | 除く地域 | `except` | | codes taken out again |
//! | 担当地域の説明 | `serves_note` | | |
//! | ID | `id` | | small letters, digits, hyphens. Left out: made from kind, area and name, the same every time. The id of a shipped window takes that window's place |
//! | 設置主体 | `operator` | | |
//! | 区分 | `level` | | 市町村, 県 or 全国; left out: from the area |
//! | 電話 | `phone` | | |
//! | FAX | `fax` | | |
//! | メール | `email` | | |
//! | フォーム | `form` | | address of a form |
//! | URL | `url` | | |
//! | 郵便番号 | `postal` | | |
//! | 住所 | `address` | | |
//! | 受付時間 | `hours` | | 「月〜金 9:00-17:00（祝日・年末年始を除く）」 |
//! | 方法 | `methods` | | 電話;メール;LINE;オンライン;FAX;手紙;来所;訪問 |
//! | 対象年齢 | `age_note` | | in words |
//! | 何歳から, 何歳まで | `age_from`, `age_to` | | numbers |
//! | 説明 | `note` | | |
//! | 確からしさ | `confidence` | | high (when left out), medium-high, medium, medium-address, name-only, low |
//! | 無料, 家族だけ, 匿名, 声なし, 家から, 訪問あり, 予約 | `free`, `family_ok`, `anonymous_ok`, `voiceless_ok`, `from_home_ok`, `home_visit`, `booking` | | はい or いいえ; left out: not known |

use std::collections::{HashMap, HashSet};
use std::fmt;

use basics::MunicipalityCode;
use jiff::civil::Date;

use crate::confidence::Confidence;
use crate::contact::{Channel, Phone};
use crate::kind::Kind;
use crate::municipality::Municipalities;
use crate::own_window::OwnWindow;
use crate::window::Level;

/// What a file held.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The rows that are all right.
    pub windows: Vec<OwnWindow>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
}

impl Import {
    /// Whether every row can be used.
    pub fn all_right(&self) -> bool {
        self.problems.is_empty()
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file, the column names being line 1.
    pub row: u64,
    /// The column; empty when it is about the whole line.
    pub column: String,
    /// What is wrong and what is expected, as a sentence.
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.column.is_empty() {
            write!(f, "{}行目：{}", self.row, self.sentence)
        } else {
            write!(
                f,
                "{}行目の「{}」：{}",
                self.row, self.column, self.sentence
            )
        }
    }
}

const MUST: bool = true;
const MAY: bool = false;

/// English name, Japanese name, whether it must be filled in, longest text.
const COLUMNS: &[(&str, &str, bool, usize)] = &[
    ("kind", "種類", MUST, 20),
    ("name", "名称", MUST, 120),
    ("serves", "担当地域", MUST, 4000),
    ("source", "出典", MUST, 500),
    ("confirmed_at", "確認日", MUST, 20),
    ("except", "除く地域", MAY, 4000),
    ("serves_note", "担当地域の説明", MAY, 300),
    ("id", "ID", MAY, 60),
    ("operator", "設置主体", MAY, 80),
    ("level", "区分", MAY, 20),
    ("phone", "電話", MAY, 30),
    ("fax", "FAX", MAY, 30),
    ("email", "メール", MAY, 200),
    ("form", "フォーム", MAY, 500),
    ("url", "URL", MAY, 500),
    ("postal", "郵便番号", MAY, 20),
    ("address", "住所", MAY, 200),
    ("hours", "受付時間", MAY, 300),
    ("methods", "方法", MAY, 200),
    ("age_note", "対象年齢", MAY, 200),
    ("age_from", "何歳から", MAY, 5),
    ("age_to", "何歳まで", MAY, 5),
    ("note", "説明", MAY, 600),
    ("confidence", "確からしさ", MAY, 20),
    ("free", "無料", MAY, 10),
    ("family_ok", "家族だけ", MAY, 10),
    ("anonymous_ok", "匿名", MAY, 10),
    ("voiceless_ok", "声なし", MAY, 10),
    ("from_home_ok", "家から", MAY, 10),
    ("home_visit", "訪問あり", MAY, 10),
    ("booking", "予約", MAY, 10),
];

/// Reads the file. `today` bounds the day of confirmation.
pub fn read(bytes: &[u8], all: &Municipalities, today: Date) -> Import {
    let text = decode(bytes);
    let mut import = Import::default();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(_) => csv::StringRecord::new(),
    };
    let Some(columns) = columns(&headers, &mut import.problems) else {
        return import;
    };
    let mut ids: HashMap<String, u64> = HashMap::new();
    for (at, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(at as u64 + 2, csv::Position::line);
                import.problems.push(Problem {
                    row,
                    column: String::new(),
                    sentence: "行の形がくずれていて、読めません。".into(),
                });
                continue;
            }
        };
        let row = record.position().map_or(at as u64 + 2, csv::Position::line);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut cells = Cells {
            row,
            columns: &columns,
            record: &record,
            problems: Vec::new(),
        };
        let window = own_window(&mut cells, all, today);
        if let Some(before) = ids.insert(window.id.clone(), row) {
            cells.wrong("id", format!("{before}行目とおなじ窓口です（ID：{}）。どちらかを消すか、IDを分けてください。", window.id));
        }
        if cells.problems.is_empty() {
            import.windows.push(window);
        } else {
            import.problems.append(&mut cells.problems);
        }
    }
    if import.windows.is_empty() && import.problems.is_empty() {
        import.problems.push(Problem {
            row: 2,
            column: String::new(),
            sentence: "窓口の行がありません。".into(),
        });
    }
    import
}

/// UTF-8, else Shift_JIS, which is what a Japanese spreadsheet program writes.
fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(bytes).0,
    }
}

/// Where each known column stands. `None`: the file cannot be read at all.
fn columns(
    headers: &csv::StringRecord,
    problems: &mut Vec<Problem>,
) -> Option<HashMap<&'static str, usize>> {
    let mut found = HashMap::new();
    let mut wrong = |column: &str, sentence: String| {
        problems.push(Problem {
            row: 1,
            column: column.to_owned(),
            sentence,
        });
    };
    for (at, header) in headers.iter().enumerate() {
        let header = header.trim();
        match COLUMNS.iter().find(|(english, japanese, ..)| {
            header.eq_ignore_ascii_case(english) || header.eq_ignore_ascii_case(japanese)
        }) {
            Some(&(english, ..)) => {
                if found.insert(english, at).is_some() {
                    wrong(header, "おなじ列が2つあります。".into());
                }
            }
            None if header.is_empty() => {}
            None => wrong(
                header,
                "この名前の列はありません。列の名前をたしかめてください。".into(),
            ),
        }
    }
    let missing: Vec<&str> = COLUMNS
        .iter()
        .filter(|(english, _, must, _)| *must && !found.contains_key(english))
        .map(|(_, japanese, ..)| *japanese)
        .collect();
    if missing.is_empty() {
        return Some(found);
    }
    wrong(
        "",
        format!(
            "1行目に、つぎの列の名前が必要です：{}。",
            missing.join("、")
        ),
    );
    None
}

struct Cells<'a> {
    row: u64,
    columns: &'a HashMap<&'static str, usize>,
    record: &'a csv::StringRecord,
    problems: Vec<Problem>,
}

impl Cells<'_> {
    fn wrong(&mut self, column: &str, sentence: impl Into<String>) {
        let japanese = COLUMNS
            .iter()
            .find(|(english, ..)| *english == column)
            .map_or(column, |(_, japanese, ..)| japanese);
        self.problems.push(Problem {
            row: self.row,
            column: japanese.to_owned(),
            sentence: sentence.into(),
        });
    }

    fn text(&mut self, column: &'static str) -> String {
        let text = self
            .columns
            .get(column)
            .and_then(|&at| self.record.get(at))
            .unwrap_or("")
            .trim()
            .to_owned();
        let (_, _, must, longest) = COLUMNS
            .iter()
            .find(|(english, ..)| *english == column)
            .copied()
            .unwrap_or((column, column, MAY, 0));
        if must && text.is_empty() {
            self.wrong(column, "空です。必ず書いてください。");
        } else if text.chars().count() > longest {
            self.wrong(column, format!("長すぎます（{longest}文字まで）。"));
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            self.wrong(column, "読めない文字が入っています。");
        }
        text
    }

    /// The text of a cell that holds one of a few words.
    fn word<T>(
        &mut self,
        column: &'static str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let value = read(&text);
        if value.is_none() {
            self.wrong(column, format!("「{text}」は読めません。{expected}"));
        }
        value
    }

    fn yes_no(&mut self, column: &'static str) -> Option<bool> {
        self.word(
            column,
            "「はい」「いいえ」のどちらか、わからないときは空にしてください。",
            |text| match text.to_lowercase().as_str() {
                "はい" | "yes" | "true" | "1" | "○" | "〇" => Some(true),
                "いいえ" | "no" | "false" | "0" | "×" => Some(false),
                _ => None,
            },
        )
    }

    fn number(&mut self, column: &'static str) -> Option<u8> {
        self.word(
            column,
            "0から120までの数字で書いてください。",
            |text| plain_digits(text).parse().ok().filter(|age| *age <= 120),
        )
    }

    fn phone(&mut self, column: &'static str) -> String {
        self.word(
            column,
            "数字とハイフンで、市外局番から書いてください。",
            |text| {
                let number = plain_digits(text);
                let digits = number.chars().filter(char::is_ascii_digit).count();
                let long = number.starts_with('0') && (10..=11).contains(&digits);
                let short = (number.starts_with('#') || number.starts_with('1'))
                    && (3..=5).contains(&digits);
                (Phone::new(number.clone()).is_some() && (long || short)).then_some(number)
            },
        )
        .unwrap_or_default()
    }

    fn address(&mut self, column: &'static str) -> String {
        self.word(
            column,
            "「https://」か「http://」で始まるアドレスを書いてください。",
            |text| {
                let rest = text
                    .strip_prefix("https://")
                    .or_else(|| text.strip_prefix("http://"))?;
                let clean = !rest.is_empty()
                    && !rest.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>'));
                clean.then(|| text.to_owned())
            },
        )
        .unwrap_or_default()
    }

    fn codes(&mut self, column: &'static str, all: &Municipalities) -> Vec<MunicipalityCode> {
        let text = self.text(column);
        let mut codes = Vec::new();
        for part in text
            .split([' ', '\u{3000}', ';', '|', '・', '、', '\n'])
            .filter(|part| !part.is_empty())
        {
            match MunicipalityCode::parse(&plain_digits(part)) {
                Ok(code) if all.get(code).is_some() => codes.push(code),
                _ => self.wrong(column, format!("「{part}」という市区町村コードはありません。5けたの数字を、空白で区切って書いてください。")),
            }
        }
        codes
    }
}

fn own_window(cells: &mut Cells<'_>, all: &Municipalities, today: Date) -> OwnWindow {
    let kind = cells.word(
        "kind",
        "HC、MUNI、KW、JS、MHC、SAPO などの記号で書いてください。",
        |text| text.to_uppercase().parse::<Kind>().ok(),
    );
    let level = cells.word(
        "level",
        "「市町村」「県」「全国」のどれかを書いてください。",
        |text| match text {
            "市町村" | "市区町村" | "city" => Some(Level::City),
            "県" | "都道府県" | "prefecture" => Some(Level::Prefecture),
            "全国" | "national" => Some(Level::National),
            _ => None,
        },
    );
    let mut window = OwnWindow {
        id: cells.text("id"),
        kind: kind.unwrap_or(Kind::Hc),
        name: cells.text("name"),
        operator: cells.text("operator"),
        phone: cells.phone("phone"),
        fax: cells.phone("fax"),
        email: cells.word("email", "「name@example.jp」の形で書いてください。", mail_address).unwrap_or_default(),
        form: cells.address("form"),
        url: cells.address("url"),
        postal: cells.word("postal", "7けたの数字で書いてください。", |text| {
            crate::postal::digits(text).ok().map(|n| format!("{:03}-{:04}", n / 10_000, n % 10_000))
        })
        .unwrap_or_default(),
        address: cells.text("address"),
        hours: cells.text("hours"),
        methods: cells.text("methods"),
        note: cells.text("note"),
        age_note: cells.text("age_note"),
        age_from: cells.number("age_from"),
        age_to: cells.number("age_to"),
        serves: cells.codes("serves", all),
        except: cells.codes("except", all),
        serves_note: cells.text("serves_note"),
        confidence: cells
            .word("confidence", "high、medium-high、medium、medium-address、name-only、low のどれかを書いてください。", |text| {
                Confidence::from_code(text).filter(|c| *c != Confidence::Missing)
            })
            .unwrap_or(Confidence::High),
        confirmed_at: cells
            .word("confirmed_at", "きょうまでの日付を「2026-11-22」の形で書いてください。", |text| {
                plain_digits(text).replace('/', "-").parse::<Date>().ok().filter(|day| *day <= today && day.year() >= 2000).map(|d| d.to_string())
            })
            .unwrap_or_default(),
        source: cells.text("source"),
        free: cells.yes_no("free"),
        family_ok: cells.yes_no("family_ok"),
        anonymous_ok: cells.yes_no("anonymous_ok"),
        voiceless_ok: cells.yes_no("voiceless_ok"),
        from_home_ok: cells.yes_no("from_home_ok"),
        home_visit: cells.yes_no("home_visit"),
        booking: cells.yes_no("booking"),
        level: Level::City,
    };
    let prefecture_wide =
        window.serves.iter().any(MunicipalityCode::is_prefecture) || window.serves.len() > 1;
    window.level = level.unwrap_or(if prefecture_wide {
        Level::Prefecture
    } else {
        Level::City
    });
    if matches!((window.age_from, window.age_to), (Some(from), Some(to)) if from > to) {
        cells.wrong("age_to", "「何歳から」より小さい数字です。");
    }
    if !window.methods.is_empty() && Channel::read(&window.methods).is_empty() {
        cells.wrong("methods", "電話、メール、LINE、オンライン、FAX、手紙、来所、訪問を「;」で区切って書いてください。");
    }
    let unserved: HashSet<_> = window
        .except
        .iter()
        .filter(|code| {
            !window
                .serves
                .iter()
                .any(|s| all.with_ancestors(**code).any(|m| m.code == *s))
        })
        .collect();
    for code in unserved {
        cells.wrong("except", format!("{code} は担当地域の中にありません。"));
    }
    check_id(&mut window, cells);
    window
}

fn check_id(window: &mut OwnWindow, cells: &mut Cells<'_>) {
    if window.id.is_empty() {
        let place = window
            .serves
            .first()
            .map_or_else(String::new, ToString::to_string);
        let name = fnv(&basics::fold(&window.name));
        window.id = format!("{}-{place}-x{name:08x}", window.kind.code().to_lowercase());
    } else if window.id.len() < 3
        || !window
            .id
            .chars()
            .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'))
    {
        cells.wrong(
            "id",
            "小文字のアルファベット、数字、ハイフンで、3文字以上で書いてください。",
        );
    }
}

/// FNV-1a: the same name gives the same id on every machine, so that a second import changes a window and adds none.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Full-width digits and hyphens become what is dialled and typed.
fn plain_digits(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
            '‐' | '‑' | '–' | '—' | '−' | 'ー' | '－' => '-',
            '＃' => '#',
            '／' => '/',
            _ => c,
        })
        .collect()
}

fn mail_address(text: &str) -> Option<String> {
    let (name, host) = text.split_once('@')?;
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+'))
    };
    (plain(name) && plain(host) && host.contains('.')).then(|| text.to_owned())
}
