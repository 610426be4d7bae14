-- Random, and another each time the row is written: what was made of a row is good as long as its revision is the same.
ALTER TABLE call_records ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
