-- Why a broken glass is kept out of the person's own access history for a while, sealed to the office, and who decided it.
ALTER TABLE break_glass ADD COLUMN hidden_by BIGINT;
ALTER TABLE break_glass ADD COLUMN hidden_words {blob};
