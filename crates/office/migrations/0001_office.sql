-- An office and what it tells the public. public_key: what letters are sealed to.
CREATE TABLE office (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  public_key {blob} NOT NULL,
  settings TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- What the office page said before: the past is not rewritten.
CREATE TABLE office_revision (
  office_id BIGINT NOT NULL REFERENCES office (id),
  version BIGINT NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (office_id, version)
);

CREATE TABLE staff (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  qualification TEXT NOT NULL,
  active BIGINT NOT NULL,
  -- NULL until the person has enrolled themself.
  password {blob},
  public_key {blob},
  sealed_key {blob},
  sealed_totp {blob},
  totp_last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX staff_by_office ON staff (office_id, name);

CREATE TABLE staff_invitation (
  staff_id BIGINT PRIMARY KEY REFERENCES staff (id),
  code_hash {blob} NOT NULL UNIQUE,
  expires_at BIGINT NOT NULL
);

CREATE TABLE staff_recovery (
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  slot BIGINT NOT NULL,
  code_mac {blob} NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (staff_id, slot)
);

-- The office's private key, sealed to one colleague's own key.
CREATE TABLE office_key_grant (
  office_id BIGINT NOT NULL REFERENCES office (id),
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  sealed_key {blob} NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (office_id, staff_id)
);

-- A browser in which this colleague has signed in before.
CREATE TABLE known_device (
  token_hash {blob} PRIMARY KEY,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  last_seen_at BIGINT NOT NULL
);
CREATE INDEX known_device_by_staff ON known_device (staff_id);

-- sealed_key: the colleague's private key under a secret that only the cookie holds.
CREATE TABLE session (
  token_hash {blob} PRIMARY KEY,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  sealed_key {blob} NOT NULL
);
CREATE INDEX session_by_staff ON session (staff_id);
CREATE INDEX session_by_last_seen ON session (last_seen_at);

-- Limits. Keys are keyed hashes; what they stood for cannot be told from them.
CREATE TABLE limit_bucket (
  bucket_key {blob} PRIMARY KEY,
  tokens {real} NOT NULL,
  strikes BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX limit_bucket_by_age ON limit_bucket (updated_at);

CREATE TABLE phrase (
  id BIGINT PRIMARY KEY,
  office_id BIGINT NOT NULL REFERENCES office (id),
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  position BIGINT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX phrase_by_office ON phrase (office_id, position, id);

CREATE TABLE presence (
  subject TEXT NOT NULL,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  doing TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (subject, staff_id)
);
CREATE INDEX presence_by_staff ON presence (staff_id);
