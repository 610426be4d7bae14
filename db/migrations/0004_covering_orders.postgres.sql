-- The model of 0004_covering_orders.sqlite.sql. What is included is no part of an index's key.

DROP INDEX call_records_by_start;
DROP INDEX call_records_by_end;
DROP INDEX call_records_by_last_modified;
DROP INDEX call_records_by_duration;
CREATE INDEX call_records_by_start         ON call_records (start_date_time, id) INCLUDE (end_date_time, last_modified_date_time, duration_ticks, type, modality_bits, revision);
CREATE INDEX call_records_by_end           ON call_records (end_date_time, id) INCLUDE (start_date_time, last_modified_date_time, duration_ticks, type, modality_bits, revision);
CREATE INDEX call_records_by_last_modified ON call_records (last_modified_date_time, id) INCLUDE (start_date_time, end_date_time, duration_ticks, type, modality_bits, revision);
CREATE INDEX call_records_by_duration      ON call_records (duration_ticks, id) INCLUDE (start_date_time, end_date_time, last_modified_date_time, type, modality_bits, revision);
