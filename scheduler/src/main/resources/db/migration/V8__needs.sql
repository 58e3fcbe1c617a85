-- Whether the job starts though the needed one did not complete.
ALTER TABLE need ADD anyway boolean NOT NULL DEFAULT false;
