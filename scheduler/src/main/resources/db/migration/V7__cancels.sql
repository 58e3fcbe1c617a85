-- Released jobs for which no further call is wanted. A row leaves with the job's flight.
CREATE TABLE cancellation (
  job_no bigint PRIMARY KEY,
  at     timestamptz NOT NULL DEFAULT now()
);
