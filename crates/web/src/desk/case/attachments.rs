//! `/desk/case/{id}/tenpu`: attachments. Files come in as they are sent, sealed piece by piece, and go out as downloads
//! only: nothing that somebody brought is ever shown inside a page.

use askama::Template;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use casework::{
    Error,
    attachment::{Attachment, Download, LARGEST, QUOTA, Shelf, Upload},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    App, Form, Page, csrf,
    desk::{
        colleague::{Colleague, Me},
        kept,
    },
    page::see_other,
    parts::{Choice, Mistake},
    show_with,
};

use super::{head::Head, overview::case_id};

/// The doors. The limit is the file's and a little for the fields beside it.
pub(super) fn routes() -> Router<App> {
    let room = usize::try_from(LARGEST).unwrap_or(usize::MAX) + 64 * 1024;
    Router::new()
        .route("/desk/case/{id}/tenpu", get(look).post(receive))
        .route("/desk/case/{id}/tenpu/{file}", get(send))
        .layer(DefaultBodyLimit::max(room))
}

#[derive(Template)]
#[template(path = "desk/case/attachments.html")]
struct AttachmentsPage {
    page: Page,
    me: Me,
    head: Head,
    files: Vec<Line>,
    into: Vec<Choice>,
    note: String,
    used: String,
    most: String,
    mistakes: Vec<Mistake>,
}

impl AttachmentsPage {
    fn error(&self, field: &str) -> &str {
        Mistake::text_for(&self.mistakes, field)
    }
}

struct Line {
    id: i64,
    name: String,
    note: String,
    kind: &'static str,
    size: String,
    place: String,
    on: String,
    erased: String,
    take_back: bool,
}

impl Line {
    fn of(file: Attachment, shelf: &Shelf) -> Self {
        let place = shelf.view.compartments.iter();
        let place = place.filter(|one| one.id == file.compartment);
        let about = file.about.unwrap_or_default();
        Self {
            id: file.id,
            name: about.name,
            note: about.note,
            kind: file.kind.label(),
            size: size(file.bytes),
            place: place.map(|one| shelf.view.name_of(one)).collect(),
            on: basics::japanese::date_with_year(file.added_on),
            erased: file
                .erased_on
                .map(basics::japanese::date_with_year)
                .unwrap_or_default(),
            take_back: file.may_take_back,
        }
    }
}

fn size(bytes: i64) -> String {
    const MIB: i64 = 1024 * 1024;
    if bytes >= MIB {
        format!("{}.{} MB", bytes / MIB, bytes % MIB * 10 / MIB)
    } else {
        format!("{} KB", (bytes + 1023) / 1024)
    }
}

async fn look(colleague: Colleague, Path(id): Path<String>) -> Response {
    draw(
        &colleague,
        &id,
        &Form::default(),
        Vec::new(),
        StatusCode::OK,
    )
    .await
}

async fn draw(
    colleague: &Colleague,
    id: &str,
    form: &Form,
    mistakes: Vec<Mistake>,
    status: StatusCode,
) -> Response {
    let room = &colleague.app().casework;
    let mut shelf = match room.attachments(&colleague.session, case_id(id)).await {
        Ok(shelf) => shelf,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let files = std::mem::take(&mut shelf.files);
    let writable = shelf.view.compartments.iter();
    let writable = writable.filter(|one| shelf.writable.contains(&one.id));
    let into = writable.map(|one| {
        let value = one.id.to_string();
        let chosen = form.text("kukaku") == value;
        Choice::new(value, shelf.view.name_of(one)).chosen(chosen)
    });
    let page = AttachmentsPage {
        page: colleague.page("添付").with_error(!mistakes.is_empty()),
        me: colleague.me("/desk/case"),
        head: Head::of(&shelf.view, "tenpu"),
        into: into.collect(),
        files: files
            .into_iter()
            .map(|file| Line::of(file, &shelf))
            .collect(),
        note: form.line("memo"),
        used: size(shelf.used),
        most: size(QUOTA),
        mistakes,
    };
    show_with(status, &page)
}

/// The form with the file: its fields come first, the file last, and is sealed as it comes.
async fn receive(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    let multipart = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    if !multipart {
        return match crate::desk::colleague::Sent::from_request(request, &app).await {
            Ok(sent) => small(&sent.colleague, &id, &sent.form).await,
            Err(answer) => answer,
        };
    }
    let (parts, body) = request.into_parts();
    let visit = crate::Visit::of(&parts, &app);
    let colleague = Colleague::if_signed_in(&parts, &app).await;
    let mut multipart = match Multipart::from_request(Request::from_parts(parts, body), &app).await
    {
        Ok(multipart) => multipart,
        Err(refused) => return refused.into_response(),
    };
    let mut fields: Vec<(String, String)> = Vec::new();
    loop {
        let field = match multipart.next_field().await {
            Ok(field) => field,
            Err(broken) => return broken.into_response(),
        };
        let form = Form::from_pairs(fields.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let is_file = field
            .as_ref()
            .is_some_and(|field| field.file_name().is_some());
        if let Some(field) = field {
            if !is_file {
                let name = field.name().unwrap_or_default().to_owned();
                match field.text().await {
                    Ok(value) if fields.len() < 20 => fields.push((name, value)),
                    Ok(_) => {}
                    Err(broken) => return broken.into_response(),
                }
                continue;
            }
            let colleague = match colleague {
                Ok(Some(colleague)) => colleague,
                Ok(None) => return kept::sign_in_first(&visit, &form),
                Err(answer) => return answer,
            };
            if !colleague.session.is_form_token(form.text(csrf::FIELD)) {
                return kept::put_back_first(&visit, &colleague.session, &form);
            }
            let name = field.file_name().unwrap_or_default().to_owned();
            return match store(&colleague, &id, &form, &name, field).await {
                Ok(()) => see_other(&format!("/desk/case/{}/tenpu", case_id(&id))),
                Err(Error::Invalid { field, sentence }) => {
                    let mistake = vec![Mistake::at(field, sentence)];
                    let status = StatusCode::UNPROCESSABLE_ENTITY;
                    draw(&colleague, &id, &form, mistake, status).await
                }
                Err(error) => colleague.case_trouble(error).await,
            };
        }
        // No file at all: an ordinary form that came in parts.
        return match colleague {
            Ok(Some(colleague)) if colleague.session.is_form_token(form.text(csrf::FIELD)) => {
                small(&colleague, &id, &form).await
            }
            Ok(Some(colleague)) => kept::put_back_first(&visit, &colleague.session, &form),
            Ok(None) => kept::sign_in_first(&visit, &form),
            Err(answer) => answer,
        };
    }
}

async fn store(
    colleague: &Colleague,
    id: &str,
    form: &Form,
    name: &str,
    mut field: axum::extract::multipart::Field<'_>,
) -> Result<(), Error> {
    let Ok(into) = form.text("kukaku").parse::<i64>() else {
        return Err(Error::invalid(
            "kukaku",
            "だれの区画に置くかを選んでください。",
        ));
    };
    let room = &colleague.app().casework;
    let mut upload = room
        .attach(&colleague.session, case_id(id), into.into())
        .await?;
    match take(&mut upload, &mut field).await {
        Ok(()) => {}
        Err(error) => {
            upload.give_up().await?;
            // What is still on its way is let run past, so that the browser listens to the answer.
            let mut beyond = 0;
            while let Ok(Some(chunk)) = field.chunk().await {
                beyond += chunk.len();
                if beyond > 32 * 1024 * 1024 {
                    break;
                }
            }
            return Err(error);
        }
    }
    upload
        .finish(&colleague.session, name, &form.line("memo"))
        .await
        .map(drop)
}

async fn take(
    upload: &mut Upload,
    field: &mut axum::extract::multipart::Field<'_>,
) -> Result<(), Error> {
    loop {
        match field.chunk().await {
            Ok(Some(chunk)) => upload.take(&chunk).await?,
            Ok(None) => return Ok(()),
            Err(broken) if broken.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return Err(Error::invalid(
                    "fairu",
                    "20MBまでのファイルを添付できます。小さくするか、分けてください。",
                ));
            }
            Err(_) => {
                return Err(Error::invalid(
                    "fairu",
                    "途中で通信が切れました。何も残っていません。もう一度、選んでください。",
                ));
            }
        }
    }
}

/// What is not a file: taking one back, or a page to be shown again.
async fn small(colleague: &Colleague, id: &str, form: &Form) -> Response {
    match form.text("act") {
        "take_back" => {
            let file = form.text("fairu").parse().unwrap_or(0);
            let room = &colleague.app().casework;
            let done = room.take_back_attachment(&colleague.session, case_id(id), file);
            match done.await {
                Ok(()) => see_other(&format!("/desk/case/{}/tenpu", case_id(id))),
                Err(error) => colleague.case_trouble(error).await,
            }
        }
        "add" => {
            let mistake = vec![Mistake::at("fairu", "ファイルを選んでください。")];
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(colleague, id, form, mistake, status).await
        }
        _ => draw(colleague, id, form, Vec::new(), StatusCode::OK).await,
    }
}

/// A download, piece by piece; never a page.
async fn send(colleague: Colleague, Path((id, file)): Path<(String, String)>) -> Response {
    let room = &colleague.app().casework;
    let file = file.parse().unwrap_or(0);
    let download = match room.download(&colleague.session, case_id(&id), file).await {
        Ok(download) => download,
        Err(error) => return colleague.case_trouble(error).await,
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(download.kind.media_type()),
        ),
        (header::CONTENT_LENGTH, HeaderValue::from(download.bytes)),
        (
            header::CONTENT_DISPOSITION,
            disposition(&download.about.name),
        ),
    ];
    let pieces = futures_util::stream::unfold(Some(download), |download| async {
        let mut download: Download = download?;
        match download.next().await {
            Ok(Some(piece)) => Some((Ok(Bytes::from_owner(piece)), Some(download))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(target: "web", ?error, "a file broke off on its way out");
                Some((Err(std::io::Error::other("the file broke off")), None))
            }
        }
    });
    let mut response = (headers, Body::from_stream(pieces)).into_response();
    response.extensions_mut().insert(crate::headers::Sandboxed);
    response
}

/// RFC 6266: a plain name for old browsers, the real one for the others.
fn disposition(name: &str) -> HeaderValue {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let plain = if name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    {
        name.to_owned()
    } else {
        format!("tenpu.{end}")
    };
    let encoded = utf8_percent_encode(name, KEPT);
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_keeps_its_name() {
        assert_eq!(
            disposition("診断 1.pdf"),
            "attachment; filename=\"tenpu.pdf\"; filename*=UTF-8''%E8%A8%BA%E6%96%AD%201.pdf"
        );
        assert_eq!(
            disposition("a-b.pdf"),
            "attachment; filename=\"a-b.pdf\"; filename*=UTF-8''a-b.pdf"
        );
    }

    #[test]
    fn sizes_are_said_in_words() {
        assert_eq!(size(0), "0 KB");
        assert_eq!(size(1), "1 KB");
        assert_eq!(size(QUOTA), "200.0 MB");
        assert_eq!(size(3 * 1024 * 1024 + 512 * 1024), "3.5 MB");
    }
}
