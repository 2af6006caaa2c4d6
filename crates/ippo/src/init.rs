//! `ippo init`: from nothing to an office with its first colleagues, or to nothing at all.
//!
//! Order matters: the configuration file is reserved first (it is never overwritten) and taken away again unless
//! everything after it succeeds; office, accounts and invitations are one transaction.

mod ask;

use crate::cli::{ConfigFile, OPTIONS, PAGE};
use crate::config;
use crate::failure::{Failure, Result};
use crate::rooms;
use ask::Asked;
use basics::Clock;
use office::founding::found_with_staff;
use office::{Invitation, NewOffice, Qualification, Role, Settings, StaffForm, enrol};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use vault::{PrivateKey, Zeroizing};

const LONG_ABOUT: &str = "\
窓口を作ります。設定ファイル ippo.toml とデータベースを作り、最初の管理者の登録アドレスと、
復旧シートを表示します。書かなかったことは、ひとつずつたずねます。

復旧シートは、職員のパスワードがすべて失われたときに手紙を開く、ただひとつの鍵です。
紙に写すか印刷して金庫に入れ、画面やファイルには残さないでください。

管理者は、手紙を読めません。手紙を読む人（センター長・コーディネーター）は、
--supervisor-login で今いっしょに招くか、あとで管理者が招きます。
最初に手紙を読む人は、登録のあとで、復旧シートの文字を自分のページに入れて鍵を受け取ります。

途中でうまくいかなかったときは、何も残りません。すでに ippo.toml があるときは、何もしません。

例:
  ippo init --office みどり市ひきこもり地域支援センター --jurisdiction 10212 \\
            --admin-login kanri --supervisor-login sato --supervisor-name 佐藤 \\
            --public-url https://soudan.example.jp --yes";

/// 窓口を作ります（設定ファイル、データベース、最初の管理者、復旧シート）
#[derive(clap::Args)]
#[command(long_about = LONG_ABOUT, help_template = PAGE, next_help_heading = OPTIONS)]
pub struct Args {
    /// 窓口の名前
    #[arg(long, value_name = "NAME")]
    office: Option<String>,
    /// どの都道府県・市区町村の窓口か（5けたのコード）
    #[arg(long, value_name = "CODE")]
    jurisdiction: Option<String>,
    /// 最初の管理者のログイン名（半角の英小文字と数字）
    #[arg(long, value_name = "LOGIN")]
    admin_login: Option<String>,
    /// 最初の管理者の名前（書かなければ「システム管理者」）
    #[arg(long, value_name = "NAME")]
    admin_name: Option<String>,
    /// センター長のログイン名（書かなければ招きません）
    #[arg(long, value_name = "LOGIN")]
    supervisor_login: Option<String>,
    /// センター長の名前（書かなければ「センター長」）
    #[arg(long, value_name = "NAME", requires = "supervisor_login")]
    supervisor_name: Option<String>,
    /// データベース（書かなければ sqlite:ippo.db）
    #[arg(long, value_name = "ADDRESS")]
    database: Option<String>,
    /// 待ち受けるアドレス（書かなければ 127.0.0.1:8080）
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// みなさんが開くアドレス（書かなければ http:// と待ち受けるアドレス）
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// たずねずに進みます（足りないものがあれば、知らせて終わります）
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Asks for what is missing, founds, prints.
pub fn run(args: &Args) -> Result<()> {
    let path = &args.config.path;
    refuse_to_overwrite(path)?;
    let asked = Asked::of(args)?;
    let database = config::database(&asked.database, path).map_err(|expected| {
        Failure::usage(format!("--database が正しくありません。{expected}。"))
    })?;
    let file = NewFile::reserve(path)?;
    let clean_up = NewDatabase::watch(&database);
    file.write(&asked)?;
    let made = rooms::runtime()?.block_on(found(&asked, &database));
    let (key, invitations) = made?;
    clean_up.keep();
    file.keep();
    say(&asked, path, &key, &invitations)
}

fn refuse_to_overwrite(path: &Path) -> Result<()> {
    if path.exists() {
        return Err(Failure::usage(format!(
            "{} がすでにあるので、何もしませんでした。別の場所に作るときは --config で書いてください。",
            path.display()
        )));
    }
    Ok(())
}

async fn found(asked: &Asked, database: &str) -> Result<(PrivateKey, Vec<Invitation>)> {
    let db = rooms::open(database).await?;
    if let Some(office) = office::office::all(&mut db.read().await?).await?.first() {
        return Err(Failure::usage(format!(
            "このデータベースには、すでに窓口「{}」があります。--database で新しいデータベースを書いてください。",
            office.name
        )));
    }
    let new = NewOffice {
        name: asked.office.clone(),
        jurisdiction: asked.jurisdiction,
        settings: Settings::default(),
    };
    let (founded, invitations) = found_with_staff(&db, &Clock::system(), &new, &staff(asked))
        .await
        .map_err(in_flags)?;
    Ok((founded.private_key, invitations))
}

fn staff(asked: &Asked) -> Vec<StaffForm> {
    let account = |(login, name): &(String, String), role| StaffForm {
        login: login.clone(),
        name: name.clone(),
        role,
        qualification: Qualification::Other,
        active: true,
    };
    let supervisor = asked
        .supervisor
        .iter()
        .map(|person| account(person, Role::Supervisor));
    std::iter::once(account(&asked.admin, Role::Administrator))
        .chain(supervisor)
        .collect()
}

/// What the room found wrong with a form, said of the flag it came from.
fn in_flags(error: office::Error) -> Failure {
    match error {
        office::Error::Invalid { field, sentence } => {
            let flags = match field {
                "login" => "--admin-login か --supervisor-login",
                "name" => "--office か --admin-name か --supervisor-name",
                other => other,
            };
            Failure::usage(format!("{flags} が正しくありません。{sentence}"))
        }
        other => other.into(),
    }
}

/// The configuration file while it is not sure that it will stay.
struct NewFile {
    path: PathBuf,
    file: File,
    stays: bool,
}

impl NewFile {
    /// Makes the file, readable by its owner alone; fails when there is one.
    fn reserve(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            Failure::failed(format!(
                "{} を作れませんでした（{error}）。",
                path.display()
            ))
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            stays: false,
        })
    }

    fn write(&self, asked: &Asked) -> Result<()> {
        let secret = config::fresh_secret();
        let text = config::render(
            &[
                ("listen", Some(&asked.listen.to_string())),
                ("public_url", Some(&asked.public_url)),
                ("database", Some(&asked.database)),
                ("secret", Some(&secret)),
                ("operator", Some(&asked.office)),
            ],
            config::usual_proxies(asked.listen),
        );
        let mut file = &self.file;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(())
    }

    fn keep(mut self) {
        self.stays = true;
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.stays {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A SQLite file that was not there before: it goes with a founding that failed.
struct NewDatabase(Option<PathBuf>);

impl NewDatabase {
    fn watch(url: &str) -> Self {
        let file = url.strip_prefix("sqlite:").map(PathBuf::from);
        Self(file.filter(|file| !file.exists()))
    }

    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for NewDatabase {
    fn drop(&mut self) {
        let Some(file) = &self.0 else { return };
        for end in ["", "-wal", "-shm"] {
            let mut name = file.clone().into_os_string();
            name.push(end);
            let _ = std::fs::remove_file(name);
        }
    }
}

/// Where an invited colleague sets password and app.
pub fn enrolment_address(public_url: &str) -> String {
    format!("{public_url}/desk/touroku")
}

fn say(asked: &Asked, path: &Path, key: &PrivateKey, invitations: &[Invitation]) -> Result<()> {
    let text = words(asked, path, key, invitations);
    let mut out = std::io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        // The sheet exists nowhere else: a closed standard output must not be its end.
        std::io::stderr().write_all(text.as_bytes())?;
    }
    Ok(())
}

fn words(
    asked: &Asked,
    path: &Path,
    key: &PrivateKey,
    invitations: &[Invitation],
) -> Zeroizing<String> {
    let sheet = vault::sheet::write(key);
    let groups: Vec<&str> = sheet.split('-').collect();
    let lines: Vec<String> = groups
        .chunks(4)
        .map(|line| format!("    {}", line.join("-")))
        .collect();
    let lines = Zeroizing::new(lines.join("\n"));
    let mut text = Zeroizing::new(format!(
        "窓口「{office}」を作りました。\n設定ファイル: {path}\n\n\
         ──────────── 復旧シート ────────────\n\
         窓口    {office}\n作成日  {day}\n\n{lines}\n\n\
         すべてのパスワードが失われたときに手紙を開く、ただひとつの鍵です。\n\
         紙に写して金庫に入れてください。ここにしか表示されません。画面の記録は消してください。\n\
         ────────────────────────────\n\n",
        office = asked.office,
        path = path.display(),
        day = basics::japanese::date_with_year(Clock::system().today()),
        lines = *lines,
    ));
    let people = std::iter::once(&asked.admin).chain(&asked.supervisor);
    for ((login, name), invitation) in people.zip(invitations) {
        let line = Zeroizing::new(format!(
            "{name}（ログイン名 {login}）の登録\n    アドレス      {}\n    登録コード    {}\n",
            enrolment_address(&asked.public_url),
            invitation.code
        ));
        text.push_str(&line);
    }
    let last = format!(
        "登録コードは{}時間だけ使えます。本人に、手わたしか電話で伝えてください。\n\n\
         つぎにすること: ippo serve --config {}\n",
        enrol::INVITATION_HOURS,
        path.display()
    );
    text.push_str(&last);
    text
}
