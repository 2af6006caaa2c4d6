-- What an answer to a request says, as it stood when it was submitted. compartment_id NULL: of the face sheet.
ALTER TABLE disclosure_line ADD COLUMN compartment_id BIGINT;
ALTER TABLE disclosure_line ADD COLUMN on_day TEXT;
-- where it lay, whose words, the words; NULL while the answer is still prepared
ALTER TABLE disclosure_line ADD COLUMN copy {blob};
