//! The guide's result page, a window's page, what is on this month, a place and the free times of an office against nginx
//! with the same bytes.

use crate::http::Visitor;
use crate::server::Server;
use crate::table::{Table, Target, median};
use crate::wrk::{Load, Nginx};
use std::path::Path;

const ROUNDS: usize = 3;

/// A page and what its reader's browser sends.
struct Page {
    what: &'static str,
    file: &'static str,
    path: String,
    cookie: String,
    /// What the comparison has to come to; none for pages that ask the database for every reader.
    target: Target,
}

/// All of them, as they stand and compressed, in turns with nginx.
pub fn against_nginx(ippo: &Path, work: &Path, seconds: u64, table: &mut Table) {
    let folder = work.join("pages");
    std::fs::create_dir_all(folder.join("www")).unwrap();
    let server = Server::demo(ippo, &folder);
    let yardsticks = [Nginx::start(&folder, "1"), Nginx::start(&folder, "auto")];
    for page in [
        guide_result(&server.address),
        window(&server.address),
        asked_each_time("places of the month (/basho)", "basho.html", "/basho"),
        asked_each_time("one place (/basho/1)", "place.html", "/basho/1"),
        free_times(&server.address),
    ] {
        compare(&page, &server, &yardsticks, &folder, seconds, table);
    }
    table.add(
        "memory after these pages (resident)",
        server.resident_mib(),
        "MiB",
        Target::None,
        "",
    );
}

fn compare(
    page: &Page,
    server: &Server,
    yardsticks: &[Nginx; 2],
    folder: &Path,
    seconds: u64,
    table: &mut Table,
) {
    let mut visitor = Visitor::new(&server.address);
    let cookie: Vec<String> = Some(format!("Cookie: {}", page.cookie))
        .filter(|_| !page.cookie.is_empty())
        .into_iter()
        .collect();
    let bytes = visitor.get_with(&page.path, &cookie);
    std::fs::write(folder.join("www").join(page.file), &bytes).unwrap();
    let gzipped = gzip(&bytes, folder);
    std::fs::write(
        folder.join("www").join(format!("gz-{}", page.file)),
        &gzipped,
    )
    .unwrap();

    for (kind, size, prefix, accept, target) in [
        ("", bytes.len(), "", None, page.target),
        (
            ", gzip",
            gzipped.len(),
            "gz-",
            Some("Accept-Encoding: gzip".to_owned()),
            Target::None,
        ),
    ] {
        let headers: Vec<String> = cookie.iter().cloned().chain(accept).collect();
        let ours = Load {
            address: &server.address,
            path: &page.path,
            headers: headers.clone(),
            script: None,
            seconds,
        };
        let file = format!("/{prefix}{}", page.file);
        let theirs = yardsticks.each_ref().map(|nginx| Load {
            address: &nginx.address,
            path: &file,
            headers: headers.clone(),
            script: None,
            seconds,
        });
        let (mut ippo, mut one, mut each) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            one.push(theirs[0].run().per_second);
            ippo.push(ours.run().per_second);
            each.push(theirs[1].run().per_second);
        }
        let (ippo, one, each) = (median(&mut ippo), median(&mut one), median(&mut each));
        table.add(
            format!("{}{kind}: ippo ÷ nginx with one worker", page.what),
            ippo / one,
            "",
            target,
            format!("{ippo:.0} and {one:.0} requests/s, {size} bytes"),
        );
        table.add(
            format!("{}{kind}: ippo ÷ nginx with one worker a core", page.what),
            ippo / each,
            "",
            Target::None,
            format!("{each:.0} requests/s"),
        );
    }
}

/// Compressed as nginx would have it on disk.
fn gzip(bytes: &[u8], folder: &Path) -> Vec<u8> {
    let plain = folder.join("plain");
    std::fs::write(&plain, bytes).unwrap();
    let done = std::process::Command::new("gzip")
        .args(["-6", "-n", "-c"])
        .arg(&plain)
        .output()
        .unwrap();
    assert!(done.status.success());
    done.stdout
}

/// A mother asks for her son of 29 in Niigata.
fn guide_result(address: &str) -> Page {
    let mut visitor = Visitor::new(address);
    for (question, fields) in [
        ("1", [("who", "who:parent")]),
        ("2", [("area", "9518068")]),
        ("3", [("age", "age:19-29")]),
    ] {
        let answer = visitor.post(&format!("/annai/{question}"), &fields);
        assert_eq!(answer.status, 303, "/annai/{question}");
        assert!(!answer.location.ends_with("#err"), "/annai/{question}");
    }
    let path = "/annai/kekka".to_owned();
    assert_eq!(visitor.get(&path).status, 200);
    Page {
        what: "guide result page",
        file: "guide.html",
        path,
        cookie: visitor.cookies(),
        target: Target::AtLeast(0.5),
    }
}

/// The page of one centre, wherever its address is: the site map knows.
fn window(address: &str) -> Page {
    let mut visitor = Visitor::new(address);
    let map = visitor.get("/sitemap.xml");
    let map = String::from_utf8(map.body).unwrap();
    let url = map
        .split("<loc>")
        .filter_map(|rest| rest.split("</loc>").next())
        .find(|url| url.ends_with("/hc-15100-1"))
        .expect("the site map lists every window");
    let path = url[url.find(address).unwrap() + address.len()..].to_owned();
    assert_eq!(visitor.get(&path).status, 200);
    Page {
        what: "window page",
        file: "window.html",
        path,
        cookie: String::new(),
        target: Target::AtLeast(0.5),
    }
}

/// A page that reads the year of the demo for every reader: how full a day is may change at any moment.
fn asked_each_time(what: &'static str, file: &'static str, path: &str) -> Page {
    Page {
        what,
        file,
        path: path.to_owned(),
        cookie: String::new(),
        target: Target::None,
    }
}

/// The free times of the sample office, computed for every reader.
fn free_times(address: &str) -> Page {
    let mut visitor = Visitor::new(address);
    let door = visitor.get("/yoyaku");
    assert_eq!(door.status, 303, "there is one office");
    let at = door.location.find("/yoyaku/").expect("its address");
    let path = format!("{}/raisho", &door.location[at..]);
    assert_eq!(visitor.get(&path).status, 200);
    asked_each_time("free times (/yoyaku/mado)", "times.html", &path)
}
