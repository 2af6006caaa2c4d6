-- Work that must not block a request: retention, reminders, mail.
CREATE TABLE job (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  job_key TEXT NOT NULL,
  payload TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  leased_until BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  UNIQUE (name, job_key)
);
CREATE INDEX job_due ON job (due_at);
