//! Serves the pages alone, to look at them: `cargo run -p web --example look -- 127.0.0.1:8099`.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    let mut config = web::Config::new(format!("http://{address}"), [1; 32]);
    config.pattern_book = true;
    let listener = tokio::net::TcpListener::bind(&address).await.expect("the address is free");
    println!("http://{address}");
    axum::serve(listener, web::router(web::App::new(config))).await.expect("serving");
}
