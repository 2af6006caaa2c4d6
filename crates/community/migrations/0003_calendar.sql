-- Private calendar feeds: the address is the secret, so only its hash is kept.
CREATE TABLE calendar_feed (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  token_hash {blob} NOT NULL UNIQUE,
  made_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX calendar_feed_of ON calendar_feed (staff_id);

-- What the machine tells somebody who asked for it: one row a message, so that none goes twice.
CREATE TABLE notice_out (
  id BIGINT PRIMARY KEY,
  slip_id BIGINT NOT NULL,
  -- 'reminder', 'seat_free', 'cancelled' or 'moved'
  what TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  sent_at BIGINT,
  -- how often it was tried
  attempts BIGINT NOT NULL,
  -- given up: the desk sees it
  failed_at BIGINT,
  UNIQUE (slip_id, what, due_at)
);
CREATE INDEX notice_out_due ON notice_out (sent_at, due_at);
