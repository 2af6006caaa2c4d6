-- Windows an operator imported. Public facts, one JSON object each (directory::OwnWindow).
CREATE TABLE imported_window (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  imported_at BIGINT NOT NULL
);

-- Mistakes in a window that somebody reported, without an account. The words are sealed to the office.
CREATE TABLE window_report (
  id BIGINT PRIMARY KEY,
  office BIGINT NOT NULL,
  window_id TEXT NOT NULL,
  what TEXT NOT NULL,
  wrapped_key {blob},
  words {blob},
  sent_at BIGINT NOT NULL,
  settled_at BIGINT
);
CREATE INDEX window_report_open ON window_report (office, settled_at, sent_at);
