-- An erasure takes the person out of the hashes of the inputs of their records, and would look through all keys for each of them.
CREATE INDEX idempotency_keys_by_record ON idempotency_keys (record_id);
