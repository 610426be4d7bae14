-- Statistics that a filter restricts are added up from this index alone: to read each record for how good it was would take
-- several times as long.
DROP INDEX call_records_by_start;
CREATE INDEX call_records_by_start ON call_records (start_date_time, id) INCLUDE (end_date_time, last_modified_date_time, duration_ticks, type, modality_bits, participant_count, quality_bits, revision, good_streams, poor_streams, unclassified_streams, session_count, setup_failures, drops);
