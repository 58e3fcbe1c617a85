-- What only the leader knows of each model's line, written once a second, so that every scheduler can answer why a job waits. Empty after
-- a crash of PostgreSQL: the leader writes it again.
CREATE UNLOGGED TABLE model_line (
  model        text PRIMARY KEY,
  at           timestamptz NOT NULL,
  balanced     boolean NOT NULL,  -- whether accounts add up: if not, nothing is released
  flights      int NOT NULL,
  flights_max  int NOT NULL,
  per_second   float8 NOT NULL,
  is_full      boolean NOT NULL,
  hold_until   timestamptz,
  hold_reason  text,
  day_released int NOT NULL,
  day_max      int,
  day_until    timestamptz,
  tenants      text[] NOT NULL,   -- in the line
  shares       float8[] NOT NULL  -- of each
);

-- Decisions that calls of unknown outcome were billed, or not: each outcome once.
CREATE TABLE resolution (
  event_id   text PRIMARY KEY,
  job_no     bigint NOT NULL,
  day        date NOT NULL,
  billed     boolean NOT NULL,
  usd_micros bigint NOT NULL,
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX resolution_job ON resolution (job_no);
CREATE INDEX outcome_unknown ON outcome (tenant_no, at) WHERE unknown > 0;

-- The first estimate that was given of a waiting job, until it is judged by the release.
CREATE UNLOGGED TABLE estimate (
  job_no   bigint PRIMARY KEY,
  asked_at timestamptz NOT NULL,
  eta      timestamptz NOT NULL
);
