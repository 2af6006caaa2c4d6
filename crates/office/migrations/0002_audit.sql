-- One chain an office; office 0 is the installation itself. The head carries number and hash of the last row, so
-- that a cut tail shows, and its row lock is what puts concurrent transactions in order.
CREATE TABLE audit_head (
  office_id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash {blob} NOT NULL
);

CREATE TABLE audit_row (
  office_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash {blob} NOT NULL,
  PRIMARY KEY (office_id, seq)
);
