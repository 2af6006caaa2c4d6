//! What a return visit costs the server: the code entered, and the envelope opened.

use crate::http::Visitor;
use crate::server::Server;
use crate::table::{Table, Target};
use std::path::Path;

/// By the long code of a link or a QR code, and by the digits read out.
pub fn by_code(ippo: &Path, work: &Path, table: &mut Table) {
    let folder = work.join("visits");
    std::fs::create_dir(&folder).unwrap();
    let server = Server::demo(ippo, &folder);
    for (form, what, times, target) in [
        (
            "long",
            "server CPU of a return visit by long code",
            600u16,
            2.0,
        ),
        (
            "spoken",
            "server CPU of a return visit by spoken code",
            60,
            35.0,
        ),
    ] {
        let code = server.code("waiting", form);
        let mut visitor = Visitor::new(&server.address);
        (0..5).for_each(|_| visit(&mut visitor, &code));
        let before = server.cpu_ms();
        (0..times).for_each(|_| visit(&mut visitor, &code));
        let each = (server.cpu_ms() - before) / f64::from(times);
        table.add(
            what,
            each,
            "ms",
            Target::AtMost(target),
            format!("user and system time, mean of {times} visits of two requests"),
        );
    }
}

/// The code into the form, then the page it leads to.
pub fn visit(visitor: &mut Visitor, code: &str) {
    visitor.forget();
    let entered = visitor.post("/tegami/hiraku", &[("ban", code)]);
    assert_eq!(
        (entered.status, entered.location.as_str()),
        (303, "/tegami/fuutou")
    );
    let envelope = visitor.get("/tegami/fuutou");
    assert_eq!(envelope.status, 200);
    assert!(String::from_utf8_lossy(&envelope.body).contains("82歳の父です"));
}
