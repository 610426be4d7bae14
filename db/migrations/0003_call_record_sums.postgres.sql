CREATE TABLE call_record_sums (
  is_keyed             INTEGER          NOT NULL,
  grain                TEXT COLLATE "C" NOT NULL,
  slot                 TEXT COLLATE "C" NOT NULL,
  type                 TEXT COLLATE "C" NOT NULL,
  modality_bits        INTEGER          NOT NULL,
  call_count           BIGINT           NOT NULL,
  seconds              BIGINT           NOT NULL,
  ticks                BIGINT           NOT NULL,
  longest              BIGINT           NOT NULL,
  unknown                      BIGINT           NOT NULL,
  group_call                   BIGINT           NOT NULL,
  peer_to_peer                 BIGINT           NOT NULL,
  with_audio                   BIGINT           NOT NULL,
  with_video                   BIGINT           NOT NULL,
  with_video_based_screen_sharing BIGINT           NOT NULL,
  with_data                    BIGINT           NOT NULL,
  with_screen_sharing          BIGINT           NOT NULL,
  with_unknown_future_value    BIGINT           NOT NULL,
  duration_0           BIGINT           NOT NULL,
  duration_60          BIGINT           NOT NULL,
  duration_300         BIGINT           NOT NULL,
  duration_900         BIGINT           NOT NULL,
  duration_1800        BIGINT           NOT NULL,
  duration_3600        BIGINT           NOT NULL,
  duration_7200        BIGINT           NOT NULL,
  participants_0       BIGINT           NOT NULL,
  participants_1       BIGINT           NOT NULL,
  participants_2       BIGINT           NOT NULL,
  participants_3       BIGINT           NOT NULL,
  participants_5       BIGINT           NOT NULL,
  participants_10      BIGINT           NOT NULL,
  participants_25      BIGINT           NOT NULL,
  participants_100     BIGINT           NOT NULL,
  good_calls           BIGINT           NOT NULL,
  unclassified_calls   BIGINT           NOT NULL,
  without_sessions     BIGINT           NOT NULL,
  good_streams         BIGINT           NOT NULL,
  poor_streams         BIGINT           NOT NULL,
  unclassified_streams BIGINT           NOT NULL,
  sessions             BIGINT           NOT NULL,
  setup_failures       BIGINT           NOT NULL,
  drops                BIGINT           NOT NULL,
  poor_calls           BIGINT           NOT NULL,
  PRIMARY KEY (is_keyed, grain, slot, type, modality_bits)
);

CREATE TABLE call_record_unsummed (
  hour      TEXT COLLATE "C" NOT NULL,
  marked_at BIGINT           NOT NULL
);
CREATE INDEX call_record_unsummed_by_hour ON call_record_unsummed (hour, marked_at);

INSERT INTO call_record_unsummed SELECT DISTINCT substr(start_date_time, 1, 13), 0 FROM call_records;
