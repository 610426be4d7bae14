-- PostgreSQL alone: the cost points that callers have spent in the second under way, at all processes. What is lost when
-- the server dies is worth a second, so it is not logged.
CREATE UNLOGGED TABLE caller_spending (
  caller  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  points  BIGINT           NOT NULL,
  ends_at TIMESTAMPTZ      NOT NULL                      -- of that second, by the database's clock
);
