-- Running numbers of letters, one row an office. The row lock puts letters that
-- arrive at the same moment in order; a rolled-back letter gives its number back.
CREATE TABLE mailbox_counter (
  office_id BIGINT PRIMARY KEY,
  last_number BIGINT NOT NULL
);

-- One exchange of letters. No column holds a word of it.
CREATE TABLE thread (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  number BIGINT NOT NULL,
  origin TEXT NOT NULL,
  writer TEXT NOT NULL,
  tray TEXT NOT NULL,
  state TEXT NOT NULL,
  wish TEXT NOT NULL,
  promised_on TEXT,
  waiting_since BIGINT,
  letters BIGINT NOT NULL,
  taken_by BIGINT,
  created_at BIGINT NOT NULL,
  last_letter_at BIGINT NOT NULL,
  answered_at BIGINT,
  answer_read_at BIGINT,
  closed_at BIGINT,
  -- the return code (vault::code)
  form_hash {blob} UNIQUE,
  locator BIGINT NOT NULL UNIQUE,
  code_salt {blob} NOT NULL,
  spoken_filter BIGINT NOT NULL,
  long_under_spoken {blob},
  spoken_sealed {blob},
  must_change_code BIGINT NOT NULL,
  -- the thread's key, once for the office and once for the code
  key_for_office {blob} NOT NULL,
  key_under_code {blob} NOT NULL,
  UNIQUE (office_id, number)
);
CREATE INDEX thread_waiting ON thread (office_id, state, promised_on);
CREATE INDEX thread_closed ON thread (office_id, closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE letter (
  id BIGINT PRIMARY KEY,
  thread_id BIGINT NOT NULL REFERENCES thread (id),
  seq BIGINT NOT NULL,
  side TEXT NOT NULL,
  staff_id BIGINT,
  at BIGINT NOT NULL,
  -- SHA-256 over the form's one-time token and the text: a double click is one letter
  sent_hash {blob} UNIQUE,
  body {blob} NOT NULL,
  -- the risk words found in it, sealed under the thread's key
  marks {blob},
  UNIQUE (thread_id, seq)
);

-- What stays when the words are gone.
CREATE TABLE mailbox_count (
  office_id BIGINT NOT NULL,
  month TEXT NOT NULL,
  what TEXT NOT NULL,
  writer TEXT NOT NULL,
  origin TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (office_id, month, what, writer, origin)
);

CREATE TABLE erased_thread (
  office_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  writer TEXT NOT NULL,
  origin TEXT NOT NULL,
  letters BIGINT NOT NULL,
  reason TEXT NOT NULL,
  erased_on TEXT NOT NULL,
  PRIMARY KEY (office_id, number)
);
