package dev.renderfleet.testbed.chaos;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A fault planted in a scheduler, to show that the judge sees it. All that a scheduler decides and counts goes through its tables, so a
 * trigger there has the effect of a wrong statement.
 */
enum SchedulerBug {
    /** Ignores caps. */
    IGNORE_CAP("BEFORE INSERT OR UPDATE ON account", "NEW.cap := NULL; RETURN NEW"),
    /** Of each tenth job that ends the money stays reserved. */
    KEEP_RESERVATION("BEFORE DELETE ON flight", """
        IF OLD.job_no % 10 = 0 THEN
          UPDATE account SET reserved = reserved + 1000 WHERE tenant_no = OLD.tenant_no OR kind = 0;
        END IF;
        RETURN OLD\
        """),
    /** The amount of each tenth outcome is kept in another way than it is booked. */
    MISCOUNT("BEFORE INSERT ON outcome", """
        IF NEW.job_no % 10 = 0 THEN NEW.spent := NEW.spent + 1000; END IF;
        RETURN NEW\
        """),
    /** Outcomes of direct jobs are not booked. */
    SKIP_DIRECT("BEFORE INSERT ON outcome", "IF NEW.direct THEN RETURN NULL; END IF; RETURN NEW"),
    /** Each tenth job is accepted and never in the queue. */
    LOSE_JOB("BEFORE INSERT ON ready", "IF NEW.job_no % 10 = 0 THEN RETURN NULL; END IF; RETURN NEW"),
    /** Ignores a tenant's weight. */
    FORGET_WEIGHT("BEFORE INSERT OR UPDATE ON tenant", """
        IF NEW.name = 'tenant-0' THEN NEW.weight := 1; END IF;
        RETURN NEW\
        """);

    private final String event;
    private final String body;

    SchedulerBug(String event, String body) {
        this.event = event;
        this.body = body;
    }

    /** Plants it in the database of schedulers that have started, before they have jobs. */
    void plant(String jdbcUrl, String user, String password) {
        try (Connection connection = DriverManager.getConnection(jdbcUrl, user, password);
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN " + body + "; END$$");
            statement.execute("CREATE TRIGGER planted " + event + " FOR EACH ROW EXECUTE FUNCTION planted()");
        } catch (SQLException e) {
            throw new IllegalStateException("the bug cannot be planted", e);
        }
    }
}
