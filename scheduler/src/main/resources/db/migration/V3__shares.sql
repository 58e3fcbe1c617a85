-- What a tenant is entitled to, and since when a job may be released: its flow's age after a change of leaders.
ALTER TABLE tenant
  ADD weight      int NOT NULL DEFAULT 100 CHECK (weight BETWEEN 1 AND 10000),
  ADD running_max int CHECK (running_max >= 1);  -- released jobs without outcome; null: no limit
ALTER TABLE ready ADD since timestamptz NOT NULL DEFAULT now();
