package dev.renderfleet.scheduler.store;

import java.time.Duration;
import java.util.OptionalLong;

/** The lease of the one leader, by the clock of PostgreSQL. */
public final class LeaseTable {

    private final Database database;

    public LeaseTable(Database database) {
        this.database = database;
    }

    /** Takes the lease if it is free, under a new epoch. Waits for open transactions of the former leader. */
    public OptionalLong acquire(String owner, Duration length) {
        return database.write(handle -> handle.createQuery("""
                        INSERT INTO lease AS l (name, epoch, owner, until)
                        VALUES (:name, 1, :owner, clock_timestamp() + :millis * interval '1 ms')
                        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, until = excluded.until
                        WHERE l.until < clock_timestamp()
                        RETURNING epoch""")
                .bind("name", Database.LEASE)
                .bind("owner", owner)
                .bind("millis", length.toMillis())
                .mapTo(Long.class)
                .findOne()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty()));
    }

    /** Whether the lease is still this process' own, and now longer. */
    public boolean renew(String owner, long epoch, Duration length) {
        return database.write(handle -> handle.createUpdate("""
                        UPDATE lease SET until = clock_timestamp() + :millis * interval '1 ms'
                        WHERE name = :name AND owner = :owner AND epoch = :epoch AND until > clock_timestamp()""")
                        .bind("name", Database.LEASE)
                        .bind("owner", owner)
                        .bind("epoch", epoch)
                        .bind("millis", length.toMillis())
                        .execute()
                == 1);
    }

    /** Frees the lease, so that a standby takes it at its next try. */
    public void release(String owner, long epoch) {
        database.write(handle -> handle.createUpdate("""
                        UPDATE lease SET until = '-infinity' WHERE name = :name AND owner = :owner AND epoch = :epoch""")
                .bind("name", Database.LEASE)
                .bind("owner", owner)
                .bind("epoch", epoch)
                .execute());
    }
}
