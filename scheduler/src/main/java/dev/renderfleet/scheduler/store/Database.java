package dev.renderfleet.scheduler.store;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.argument.Argument;

/** The connections, and transactions that only the leader can commit. Safe for use by many threads. */
public final class Database {

    static final String LEASE = "scheduler";

    private static final Duration LEADER_TRANSACTION_MAX = Duration.ofSeconds(5);

    private final Jdbi jdbi;

    public Database(DataSource connections) {
        this.jdbi = Jdbi.create(connections);
    }

    /** A connection outside of transactions. */
    Handle open() {
        return answered(jdbi::open);
    }

    <T> T read(Function<Handle, T> work) {
        return answered(() -> jdbi.withHandle(work::apply));
    }

    <T> T write(Function<Handle, T> work) {
        return answered(() -> jdbi.inTransaction(work::apply));
    }

    private static <T> T answered(Supplier<T> call) {
        try {
            return call.get();
        } catch (JdbiException e) {
            throw new DatabaseException(e);
        }
    }

    /** Commits only while the epoch is current: a take-over waits for the transaction, which ends in {@link #LEADER_TRANSACTION_MAX}. */
    <T> T writeAsLeader(long epoch, Function<Handle, T> work) {
        return write(handle -> {
            handle.execute("SET LOCAL transaction_timeout = " + LEADER_TRANSACTION_MAX.toMillis());
            boolean leads = handle.createQuery(
                            "SELECT 1 FROM lease WHERE name = :name AND epoch = :epoch FOR KEY SHARE")
                    .bind("name", LEASE)
                    .bind("epoch", epoch)
                    .mapTo(Integer.class)
                    .findOne()
                    .isPresent();
            if (!leads) {
                throw new LeaseLostException("another process leads, epoch " + epoch + " is over");
            }
            return work.apply(handle);
        });
    }

    void useAsLeader(long epoch, Consumer<Handle> work) {
        writeAsLeader(epoch, handle -> {
            work.accept(handle);
            return true;
        });
    }

    /** Bytes need {@code byte[][]}: in an {@code Object[]} the driver takes them for nested arrays. */
    static Argument bytes(Stream<byte[]> values) {
        return array("bytea", values.toArray(byte[][]::new));
    }

    static Argument longs(Collection<Long> values) {
        return array("bigint", values.toArray());
    }

    static Argument longs(Stream<Long> values) {
        return array("bigint", values.toArray());
    }

    static Argument ints(Stream<Integer> values) {
        return array("integer", values.toArray());
    }

    static Argument texts(Stream<? extends Object> values) {
        return array("text", values.map(Object::toString).toArray());
    }

    static Argument times(Stream<Instant> values) {
        return array(
                "timestamptz", values.map(time -> time.atOffset(ZoneOffset.UTC)).toArray());
    }

    static Argument array(String type, Object[] values) {
        return (position, statement, _) ->
                statement.setArray(position, statement.getConnection().createArrayOf(type, values));
    }
}
