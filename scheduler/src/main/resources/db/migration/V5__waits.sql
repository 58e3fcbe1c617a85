-- Jobs that may not be released yet. Each moves to ready once no need of it is open and its time has come.
CREATE TABLE pending (
  job_no     bigint PRIMARY KEY,
  flow_no    int NOT NULL,
  not_before timestamptz NOT NULL,  -- '-infinity': at any time
  needs_open int NOT NULL           -- rows of need
);
CREATE INDEX pending_due ON pending (not_before) WHERE needs_open = 0;

-- When a job that still waits is rejected. A row may outlive the wait.
CREATE TABLE deadline (
  job_no bigint PRIMARY KEY,
  at     timestamptz NOT NULL
);
CREATE INDEX deadline_at ON deadline (at);

-- What a pending job waits for, until it is met.
CREATE TABLE need (
  job_no  bigint,
  needs   bytea,                                      -- the id of a job, which may not be known yet
  parent  boolean NOT NULL,                           -- as parent only
  until   timestamptz,                                -- how long an unknown job is waited for; null: not looked at yet
  look_at timestamptz NOT NULL DEFAULT '-infinity',   -- when the leader looks at it
  PRIMARY KEY (job_no, needs)
);
CREATE INDEX need_needs ON need (needs);
CREATE INDEX need_look_at ON need (look_at);
