-- Hand-over, peers, read-and-sign.

-- センター長が読んだ: who and when; the words lie in the 職員 compartment.
CREATE TABLE case_reading (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  staff_id BIGINT NOT NULL,
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  at BIGINT NOT NULL,
  words {blob} NOT NULL
);
CREATE INDEX case_reading_by_case ON case_reading (case_id, at);

-- One page for the next worker, sealed in the 職員 compartment. body NULL: not written yet.
CREATE TABLE hand_over_sheet (
  id BIGINT PRIMARY KEY,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  from_staff BIGINT NOT NULL,
  to_staff BIGINT NOT NULL,
  moment BIGINT NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  compartment_id BIGINT NOT NULL REFERENCES compartment (id),
  body {blob},
  written_by BIGINT,
  written_at BIGINT
);
CREATE INDEX hand_over_sheet_by_case ON hand_over_sheet (case_id, moment);

-- What one peer supporter is told for one case, under a key of its own: wrapped for the peer, and for the office's records.
CREATE TABLE peer_card (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  staff_id BIGINT NOT NULL,
  key_for_peer {blob} NOT NULL,
  key_for_office {blob} NOT NULL,
  body {blob} NOT NULL,
  made_by BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX peer_card_by_staff ON peer_card (staff_id, made_at);
CREATE INDEX peer_card_by_case ON peer_card (case_id, made_at);

CREATE TABLE peer_report (
  id BIGINT PRIMARY KEY,
  card_id BIGINT NOT NULL REFERENCES peer_card (id),
  at BIGINT NOT NULL,
  body {blob} NOT NULL
);
CREATE INDEX peer_report_by_card ON peer_report (card_id, at);
