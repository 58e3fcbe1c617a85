-- Outcomes that the scheduler publishes itself, with the dead letter of a record that could not be read. A row leaves when its event was
-- read back, or its dead letter was committed.
CREATE TABLE outbox (
  id             text PRIMARY KEY,  -- of the event, or the record's place
  job_id         text,              -- null: a dead letter only
  event_headers  text[],            -- names and values by turns, as all headers here
  event          bytea,
  letter_key     bytea,
  letter_headers text[],
  letter         bytea,
  created_at     timestamptz NOT NULL DEFAULT now()
);
