//! One SQL text for both databases (docs/DATABASE.md): no dialect, `$n` in the order of first appearance, portable
//! types. Looks at every string literal that is SQL and at every migration. SQL stands in rooms only, never in `web`.

use crate::Finding;
use crate::rust_text;
use crate::tree::Tree;

/// What only one of the two understands, or understands differently, and what to write instead. Upper case; matched as
/// whole words, a trailing bracket included.
const NOT_PORTABLE: &[(&str, &str)] = &[
    (
        "STRFTIME(",
        "days are TEXT 'YYYY-MM-DD', times BIGINT microseconds",
    ),
    ("DATETIME(", "times are BIGINT microseconds, passed in"),
    ("JULIANDAY(", "times are BIGINT microseconds, passed in"),
    ("UNIXEPOCH(", "times are BIGINT microseconds, passed in"),
    ("DATE_TRUNC(", "group by substr(day, 1, 7)"),
    ("TO_CHAR(", "format in the program"),
    ("NOW()", "the clock is a value: pass the time in"),
    (
        "CURRENT_TIMESTAMP",
        "the clock is a value: pass the time in",
    ),
    ("CURRENT_DATE", "the clock is a value: pass the day in"),
    ("RANDOM()", "randomness is a value: pass it in"),
    ("ILIKE", "compare folded columns"),
    ("GLOB", "compare folded columns"),
    ("REGEXP", "compare folded columns"),
    (
        "INSTR(",
        "search folded text in the program, or LIKE on a folded column",
    ),
    (
        "POSITION(",
        "search folded text in the program, or LIKE on a folded column",
    ),
    ("IFNULL(", "write COALESCE"),
    ("NVL(", "write COALESCE"),
    ("IIF(", "write CASE WHEN"),
    ("GROUP_CONCAT(", "join in the program"),
    ("STRING_AGG(", "join in the program"),
    ("ARRAY_AGG(", "collect in the program"),
    ("AUTOINCREMENT", "ids are made by basics::new_id"),
    ("SERIAL", "ids are made by basics::new_id"),
    ("BIGSERIAL", "ids are made by basics::new_id"),
    ("ROWID", "use the primary key"),
    ("PRAGMA", "belongs in store"),
    ("INSERT OR", "write ON CONFLICT"),
    ("REPLACE INTO", "write ON CONFLICT"),
    (
        "FOR UPDATE",
        "UPDATE … RETURNING takes the row's lock on both",
    ),
    ("SKIP LOCKED", "use store::jobs"),
    ("DISTINCT ON", "write GROUP BY or a sub-query"),
    ("BOOLEAN", "booleans are BIGINT 0/1"),
    ("TIMESTAMP", "times are BIGINT microseconds"),
    ("TIMESTAMPTZ", "times are BIGINT microseconds"),
    ("VARCHAR", "write TEXT"),
    ("INTEGER", "write BIGINT"),
    ("INT", "write BIGINT"),
    ("BLOB", "write {blob}"),
    ("BYTEA", "write {blob}"),
    ("REAL", "write {real}"),
    ("NUMERIC", "write BIGINT or {real}"),
    ("JSONB", "write TEXT"),
    ("TRUE", "booleans are 1 and 0"),
    ("FALSE", "booleans are 1 and 0"),
];

/// Where dialects are allowed: the engines behind store's door.
const DIALECT: &[&str] = &[
    "crates/store/src/",
    "crates/testkit/src/databases.rs",
    // Reads an operator's file, not our tables.
    "crates/xtask/",
];

/// Checks all literals and migrations.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.matching(|file| !DIALECT.iter().any(|allowed| file.path.starts_with(allowed)))
    {
        let mut report = |line: usize, what: String| {
            findings.push(Finding {
                place: file.path.clone(),
                line,
                what,
            });
        };
        match file.kind() {
            "rs" => {
                let in_tests_folder = file.path.contains("/tests/");
                for literal in rust_text::literals(&file.text)
                    .iter()
                    .filter(|literal| is_sql(&literal.text))
                {
                    if file.member() == "web" && !literal.in_tests && !in_tests_folder {
                        report(literal.line, "SQL in web: ask a room".to_owned());
                    }
                    for what in faults(&literal.text, literal.in_tests || in_tests_folder) {
                        report(literal.line, what);
                    }
                }
            }
            "sql" => {
                for (at, line) in file.text.lines().enumerate() {
                    let code = line.split("--").next().unwrap_or_default();
                    for what in not_portable(code).into_iter().chain(untyped_sums(code)) {
                        report(at + 1, what);
                    }
                }
            }
            _ => {}
        }
    }
    findings
}

/// Whether a literal is a statement (begins like one) or a part of one (binds a value after a keyword).
fn is_sql(text: &str) -> bool {
    let clause = |keyword: &str| words(text).any(|word| word == keyword);
    is_statement(text)
        || (text.contains('$')
            && ["WHERE", "AND", "SET", "VALUES", "LIMIT"]
                .iter()
                .any(|word| clause(word)))
}

fn is_statement(text: &str) -> bool {
    let mut words = words(text);
    match (words.next(), words.next()) {
        (Some("SELECT" | "WITH"), _) => {
            text.contains(" FROM ")
                || text.contains("\nFROM ")
                || text.contains(" AS (")
                || text.trim_end() == "SELECT"
        }
        (Some("INSERT"), Some("INTO" | "OR"))
        | (Some("DELETE"), Some("FROM"))
        | (Some("REPLACE"), Some("INTO"))
        | (Some("CREATE" | "ALTER" | "DROP"), Some("TABLE" | "INDEX" | "UNIQUE")) => true,
        (Some("UPDATE"), Some(_)) => text.contains(" SET "),
        _ => false,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

fn faults(sql: &str, in_tests: bool) -> Vec<String> {
    let mut faults = not_portable(sql);
    // In a test a wrong type shows at once, and a cast may stand around the literal.
    if !in_tests {
        faults.extend(untyped_sums(sql));
    }
    faults.extend(order_of_values(sql));
    faults
}

fn not_portable(sql: &str) -> Vec<String> {
    let bare = without_quoted(sql).to_uppercase();
    let mut faults = Vec::new();
    for (word, instead) in NOT_PORTABLE {
        if has_word(&bare, word) {
            faults.push(format!(
                "{} is not portable: {instead}",
                word.trim_end_matches('(')
            ));
        }
    }
    if bare.contains("::") {
        faults.push(":: is not portable: write CAST(… AS …)".to_owned());
    }
    faults
}

/// SUM and AVG of BIGINT are NUMERIC on PostgreSQL.
fn untyped_sums(sql: &str) -> Vec<String> {
    let bare = without_quoted(sql).to_uppercase();
    let untyped = |sum: &str| {
        bare.match_indices(sum).any(|(at, _)| {
            let inside_word = at > 0 && is_word(bare.as_bytes()[at - 1]);
            !inside_word && !inside_cast(&bare[..at])
        })
    };
    ["SUM(", "AVG("]
        .into_iter()
        .filter(|sum| untyped(sum))
        .map(|sum| format!("{sum}…) has another type on PostgreSQL: write CAST({sum}…) AS BIGINT)"))
        .collect()
}

/// Whether a bracket still open here was opened by CAST.
fn inside_cast(before: &str) -> bool {
    let mut open: Vec<bool> = Vec::new();
    for (at, character) in before.char_indices() {
        match character {
            '(' => open.push(before[..at].ends_with("CAST")),
            ')' => drop(open.pop()),
            _ => {}
        }
    }
    open.contains(&true)
}

/// `$1, $2 …` must first appear in ascending order without gaps: SQLite numbers them by appearance.
fn order_of_values(sql: &str) -> Option<String> {
    let bare = without_quoted(sql);
    let mut seen: Vec<u32> = Vec::new();
    for (at, _) in bare.match_indices('$') {
        let digits: String = bare[at + 1..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let Ok(number) = digits.parse() else { continue };
        if !seen.contains(&number) {
            seen.push(number);
        }
    }
    let first = *seen.first()?;
    let first_expected = if is_statement(sql) { 1 } else { first };
    let ascending = seen.iter().copied().eq((first_expected..).take(seen.len()));
    (!ascending).then(|| {
        let order: Vec<String> = seen.iter().map(|number| format!("${number}")).collect();
        format!(
            "values first appear as {}: number them in that order, from $1, without gaps",
            order.join(", ")
        )
    })
}

/// What stands in quotes is data, not SQL.
fn without_quoted(sql: &str) -> String {
    sql.split('\'').step_by(2).collect::<Vec<_>>().join("''")
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = at.checked_sub(1).map(|before| text.as_bytes()[before]);
        let after = text.as_bytes().get(at + word.len()).copied();
        // {blob} and {real} are the placeholders themselves.
        let placeholder = before == Some(b'{');
        let whole = !before.is_some_and(is_word)
            && (word.ends_with(['(', ')']) || !after.is_some_and(is_word));
        whole && !placeholder
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_room(literal: &str) -> usize {
        check(&Tree::of(
            "crates/office/src/staff.rs",
            &format!("const Q: &str = \"{literal}\";"),
        ))
        .len()
    }

    #[test]
    fn dialect_in_a_query_is_found() {
        assert_eq!(in_room("SELECT strftime('%Y', at) FROM letter"), 1);
        assert_eq!(in_room("SELECT id FROM letter WHERE name ILIKE $1"), 1);
        assert_eq!(in_room("SELECT id::text FROM letter"), 1);
        assert_eq!(in_room("INSERT OR IGNORE INTO letter (id) VALUES ($1)"), 1);
        assert_eq!(in_room("SELECT SUM(n) FROM letter"), 1);
        assert_eq!(
            in_room("SELECT CAST(SUM(n) AS BIGINT) FROM letter WHERE word = 'now()'"),
            0
        );
    }

    #[test]
    fn values_out_of_order_are_found() {
        assert_eq!(in_room("UPDATE letter SET a = $2 WHERE id = $1"), 1);
        assert_eq!(in_room("UPDATE letter SET a = $1 WHERE id = $3"), 1);
        assert_eq!(in_room("SELECT id FROM letter WHERE id = $2"), 1);
        assert_eq!(
            in_room("UPDATE letter SET a = $1, b = $2 WHERE id = $3 AND a = $1"),
            0
        );
        assert_eq!(
            in_room(" AND day >= $3 AND day < $4"),
            0,
            "a part of a statement goes on counting"
        );
    }

    #[test]
    fn dialect_in_a_migration_is_found_but_not_in_its_comments() {
        let sql = "-- an INTEGER it was, once\nCREATE TABLE a (id INTEGER PRIMARY KEY,\n b {blob} NOT NULL, c BLOB);";
        let lines: Vec<_> = check(&Tree::of("crates/office/migrations/0001.sql", sql))
            .iter()
            .map(|f| f.line)
            .collect();
        assert_eq!(lines, [2, 3]);
    }

    #[test]
    fn sql_in_web_is_found_and_prose_is_not_sql() {
        let source = "const A: &str = \"SELECT id FROM letter\"; const B: &str = \"Select from the list\"; const C: &str = \"update\";";
        let findings = check(&Tree::of("crates/web/src/desk/inbox.rs", source));
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}
