-- What a search reads: one sealed, folded text for each thing that can be found. compartment_id NULL: the face sheet.
CREATE TABLE findable (
  source TEXT NOT NULL,
  row_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL REFERENCES casefile (id),
  compartment_id BIGINT,
  at BIGINT NOT NULL,
  folded {blob} NOT NULL,
  PRIMARY KEY (source, row_id)
);
CREATE INDEX findable_by_case ON findable (case_id);
