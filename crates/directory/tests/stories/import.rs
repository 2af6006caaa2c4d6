//! An operator's own windows, read from a spreadsheet.

use directory::{Kind, Level, import::read};
use jiff::civil::date;

use crate::{code, directory};

const GOOD: &str = "\u{feff}種類,名称,担当地域,除く地域,出典,確認日,電話,方法,受付時間,無料,匿名
SAPO,にいがた地域若者サポートステーション,15100 15202,,https://example.jp/sapo,2026-11-01,０２５−０００−００００,電話;メール,平日 10:00-17:00,はい,
MHC,新潟県精神保健福祉センター,15000,15100,県のページ,2026/10/30,025-000-0001,,,,いいえ
";

fn import(text: &str) -> directory::Import {
    read(
        text.as_bytes(),
        directory().municipalities(),
        date(2026, 11, 22),
    )
}

#[test]
fn a_good_file_becomes_windows_that_serve_their_areas() {
    let import = import(GOOD);
    assert!(import.all_right(), "{:?}", import.problems);
    let all = directory().municipalities();
    let own = directory()
        .clone()
        .with_windows(import.windows.into_iter().map(|w| w.window(all)).collect());
    let sapo = own.windows_of(code("15101"), Kind::Sapo);
    assert_eq!(sapo.len(), 1);
    assert_eq!(sapo[0].phone.as_ref().unwrap().as_str(), "025-000-0000");
    assert!(sapo[0].imported && sapo[0].facts.free.is_yes() && sapo[0].facts.voiceless_ok.is_yes());
    assert!(sapo[0].main_hours().unwrap().schedule.is_some());
    assert_eq!(sapo[0].confirmed.as_ref().unwrap().iso(), "2026-11-01");
    assert!(own.windows_of(code("15201"), Kind::Sapo).is_empty());
    assert_eq!(own.windows_of(code("15202"), Kind::Mhc).len(), 1);
    assert!(
        own.windows_of(code("15101"), Kind::Mhc).is_empty(),
        "excluded"
    );
    assert_eq!(
        own.windows_of(code("15202"), Kind::Mhc)[0]
            .facts
            .anonymous_ok
            .known(),
        Some(false)
    );
    assert!(
        own.search("若者サポートステーション 新潟")
            .iter()
            .any(|w| w.kind == Kind::Sapo)
    );
}

#[test]
fn shift_jis_from_a_spreadsheet_is_read() {
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(GOOD.trim_start_matches('\u{feff}'));
    let import = read(&bytes, directory().municipalities(), date(2026, 11, 22));
    assert!(import.all_right(), "{:?}", import.problems);
    assert_eq!(
        import.windows[0].name,
        "にいがた地域若者サポートステーション"
    );
}

#[test]
fn the_same_file_twice_gives_the_same_ids() {
    let ids =
        |import: directory::Import| import.windows.into_iter().map(|w| w.id).collect::<Vec<_>>();
    assert_eq!(ids(import(GOOD)), ids(import(GOOD)));
}

#[test]
fn a_placeholder_can_be_filled_in_under_its_own_address() {
    let text = "id,kind,name,serves,source,confirmed_at,phone\nhc-01100-1,HC,札幌市のセンター,01100,札幌市,2026-11-20,011-000-0000\n";
    let import = import(text);
    assert!(import.all_right(), "{:?}", import.problems);
    let own = directory().clone().with_windows(
        import
            .windows
            .into_iter()
            .map(|w| w.window(directory().municipalities()))
            .collect(),
    );
    let centre = own.windows_of(code("01101"), Kind::Hc);
    assert_eq!(centre.len(), 1);
    assert!(!centre[0].fallback);
    assert_eq!(centre[0].id, "hc-01100-1");
    // Without the id too: the placeholder steps back.
    let import = self::import(&text.replace("hc-01100-1", ""));
    let own = directory().clone().with_windows(
        import
            .windows
            .into_iter()
            .map(|w| w.window(directory().municipalities()))
            .collect(),
    );
    assert_eq!(own.windows_of(code("01101"), Kind::Hc).len(), 1);
    assert!(
        own.window("hc-01100-1").unwrap().fallback,
        "its address still answers"
    );
}

/// A cell that is wrong, and the beginning of what is said about it.
const WRONG: &[(&str, &str, &str)] = &[
    ("種類", "ABC", "2行目の「種類」：「ABC」は読めません。"),
    ("種類", "", "2行目の「種類」：空です。"),
    ("名称", "", "2行目の「名称」：空です。"),
    (
        "担当地域",
        "15999",
        "2行目の「担当地域」：「15999」という市区町村コードはありません。",
    ),
    ("担当地域", "", "2行目の「担当地域」：空です。"),
    (
        "除く地域",
        "01100",
        "2行目の「除く地域」：01100 は担当地域の中にありません。",
    ),
    (
        "確認日",
        "2026-11-23",
        "2行目の「確認日」：「2026-11-23」は読めません。",
    ),
    (
        "確認日",
        "去年",
        "2行目の「確認日」：「去年」は読めません。",
    ),
    ("出典", "", "2行目の「出典」：空です。"),
    (
        "電話",
        "12345678",
        "2行目の「電話」：「12345678」は読めません。",
    ),
    ("電話", "代表", "2行目の「電話」：「代表」は読めません。"),
    ("メール", "example.jp", "2行目の「メール」："),
    ("URL", "javascript:alert(1)", "2行目の「URL」："),
    ("URL", "https://example.jp/\"><script>", "2行目の「URL」："),
    ("郵便番号", "951", "2行目の「郵便番号」："),
    ("方法", "のろし", "2行目の「方法」："),
    (
        "無料",
        "たぶん",
        "2行目の「無料」：「たぶん」は読めません。",
    ),
    ("何歳から", "200", "2行目の「何歳から」："),
    ("確からしさ", "missing", "2行目の「確からしさ」："),
    ("ID", "HC 1", "2行目の「ID」："),
    ("区分", "国", "2行目の「区分」："),
];

#[test]
fn what_is_wrong_is_said_row_by_row() {
    let base = [
        ("種類", "HC"),
        ("名称", "センター"),
        ("担当地域", "15202"),
        ("出典", "市のページ"),
        ("確認日", "2026-11-01"),
    ];
    for (column, value, wanted) in WRONG {
        let mut row: Vec<(&str, &str)> = base
            .iter()
            .map(|&(c, v)| if c == *column { (c, *value) } else { (c, v) })
            .collect();
        if !base.iter().any(|(c, _)| c == column) {
            row.push((column, value));
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(row.iter().map(|(c, _)| c)).unwrap();
        writer.write_record(row.iter().map(|(_, v)| v)).unwrap();
        let import = read(
            &writer.into_inner().unwrap(),
            directory().municipalities(),
            date(2026, 11, 22),
        );
        assert!(import.windows.is_empty(), "{column} {value}");
        assert_eq!(
            import.problems.len(),
            1,
            "{column} {value}: {:?}",
            import.problems
        );
        let said = import.problems[0].to_string();
        assert!(said.starts_with(wanted), "{said}");
    }
}

#[test]
fn good_rows_are_kept_beside_wrong_ones() {
    let import = import(
        "kind,name,serves,source,confirmed_at\nHC,一,15202,x,2026-11-01\nXX,二,15202,x,2026-11-01\n\nHC,三,15202,x,2026-11-01\nHC,一,15202,x,2026-11-01\n",
    );
    assert_eq!(
        import
            .windows
            .iter()
            .map(|w| w.name.as_str())
            .collect::<Vec<_>>(),
        ["一", "三"]
    );
    assert_eq!(import.problems.len(), 2);
    assert_eq!(import.problems[0].row, 3);
    assert!(
        import.problems[1].sentence.contains("2行目とおなじ窓口"),
        "{}",
        import.problems[1]
    );
}

#[test]
fn a_file_of_another_kind_is_refused_as_a_whole() {
    for text in ["", "a,b\n1,2\n", "種類,名称\nHC,x\n"] {
        let import = import(text);
        assert!(import.windows.is_empty());
        assert!(
            import
                .problems
                .iter()
                .any(|p| p.row == 1 && p.sentence.contains("担当地域")),
            "{:?}",
            import.problems
        );
    }
    assert!(!import("種類,名称,担当地域,出典,確認日\n").all_right());
    assert_eq!(
        import("種類,名称,担当地域,出典,確認日,色\nHC,a,15202,b,2026-11-01,青\n").problems[0]
            .column,
        "色"
    );
}

#[test]
fn a_national_window_serves_everywhere() {
    let import = import(
        "kind,name,serves,source,confirmed_at,level\nLISTEN,夜の電話,13000,x,2026-11-01,全国\n",
    );
    let window = import
        .windows
        .into_iter()
        .next()
        .unwrap()
        .window(directory().municipalities());
    assert_eq!(window.level, Level::National);
    assert!(window.serves.contains(code("01695")));
}
