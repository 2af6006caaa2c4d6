//! Serves the pages alone, to look at them: `cargo run -p web --example look -- 127.0.0.1:8099`.

use web::page::CrisisLine;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    let mut config = web::Config::new(format!("http://{address}"), [1; 32]);
    config.pattern_book = true;
    let mut app = web::App::new(config);
    let table = std::fs::read_to_string("data/windows_hotlines.csv").expect("data") + &std::fs::read_to_string("data/hotlines_field.csv").expect("data");
    app.crisis = table
        .lines()
        .filter(|line| !line.starts_with("id,"))
        .map(|line| {
            let cell: Vec<&str> = line.split(',').collect();
            CrisisLine {
                id: cell[0].into(),
                label: cell[1].into(),
                number: cell[2].into(),
                tel: cell[2].replace('-', ""),
                cost: cell[3].into(),
                hours: cell[4].into(),
                url: cell[5].into(),
            }
        })
        .collect();
    let listener = tokio::net::TcpListener::bind(&address).await.expect("the address is free");
    println!("http://{address}");
    axum::serve(listener, web::router(app)).await.expect("serving");
}
