-- The scheduler's core. Money is in millionths of a US dollar, a day is one of UTC.

-- One leader. The epoch is a key column on purpose: a take-over waits for transactions that hold FOR KEY SHARE, a renewal does not.
CREATE TABLE lease (
  name  text PRIMARY KEY,
  epoch bigint NOT NULL,
  owner text NOT NULL,
  until timestamptz NOT NULL,
  UNIQUE (name, epoch)
);

-- The next record to read; moved in the transaction that stores what the records say.
CREATE TABLE kafka_offset (
  topic       text,
  partition   int,
  next_offset bigint NOT NULL,
  PRIMARY KEY (topic, partition)
);

CREATE TABLE tenant (
  tenant_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text UNIQUE NOT NULL,
  day_cap   bigint CHECK (day_cap >= 0)  -- of new days; null: as configured
);

-- A line of jobs: first in, first out.
CREATE TABLE flow (
  flow_no   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_no int NOT NULL,
  model     text NOT NULL,
  priority  smallint NOT NULL,
  UNIQUE (tenant_no, model, priority)
);

-- No CACHE of the identity: sessions would hand out old numbers, and a flow is ordered by them.
CREATE TABLE job (
  job_no      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id      bytea UNIQUE NOT NULL,
  fingerprint bytea NOT NULL,
  tenant_no   int NOT NULL,
  state       smallint NOT NULL,  -- JobState
  created_at  timestamptz NOT NULL DEFAULT now(),
  ended_at    timestamptz
) WITH (fillfactor = 85);

-- Written once. Jobs of the direct door have none.
CREATE TABLE job_body (
  job_no      bigint PRIMARY KEY,
  flow_no     int NOT NULL,
  body        bytea NOT NULL,
  traceparent text
);

-- The queue: what may be released.
CREATE TABLE ready (
  flow_no int,
  job_no  bigint,
  PRIMARY KEY (flow_no, job_no)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

-- A released job without outcome, and the money that is held for it.
CREATE TABLE flight (
  job_no      bigint PRIMARY KEY,
  flow_no     int NOT NULL,
  tenant_no   int NOT NULL,
  day         date NOT NULL,
  reserved    bigint NOT NULL CHECK (reserved >= 0),
  partition   int NOT NULL,
  released_at timestamptz NOT NULL,
  record      bigint  -- offset in render.jobs; null: Kafka has not acknowledged it
) WITH (fillfactor = 50);

CREATE TABLE account (
  kind      smallint,  -- Account.Kind
  tenant_no int,       -- 0: the fleet's
  day       date,      -- 1970-01-01: of all days
  cap       bigint CHECK (cap >= 0),
  reserved  bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  unknown   bigint NOT NULL DEFAULT 0 CHECK (unknown >= 0),
  spent     bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
  PRIMARY KEY (kind, tenant_no, day)
) WITH (fillfactor = 50);

-- Each outcome once, whatever is replayed: an event's id names the record that led to it.
CREATE TABLE outcome (
  event_id  text PRIMARY KEY,
  job_no    bigint NOT NULL,
  tenant_no int NOT NULL,
  day       date NOT NULL,         -- that pays
  at        timestamptz NOT NULL,  -- by the event
  state     smallint NOT NULL,     -- JobState
  direct    boolean NOT NULL,      -- nothing was reserved for it
  spent     bigint NOT NULL,
  unknown   bigint NOT NULL,
  event     bytea NOT NULL         -- as read
);
CREATE INDEX outcome_job ON outcome (job_no);
CREATE INDEX outcome_bill ON outcome (day, tenant_no) INCLUDE (spent, unknown);
