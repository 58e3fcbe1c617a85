package dev.renderfleet.scheduler.store;

import dev.renderfleet.sandbox.postgres.PostgresServer;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;

/** A database of its own for a test class, with the schema; all on one real PostgreSQL, which ends with the JVM. */
public final class TestDatabase implements AutoCloseable {

    private static final int CONNECTIONS = 40;
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final AgroalDataSource connections;

    private TestDatabase(AgroalDataSource connections) {
        this.connections = connections;
    }

    private static final class Holder {
        static final PostgresServer SERVER = start();

        private static PostgresServer start() {
            PostgresServer server = PostgresServer.start(
                    0, Path.of("target", "postgres-" + ProcessHandle.current().pid()), false);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    server.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
            return server;
        }
    }

    public static TestDatabase create() {
        String name = "test" + NUMBERS.incrementAndGet();
        String admin = Holder.SERVER.jdbcUrl();
        try (AgroalDataSource one = pool(admin, 1);
                var connection = one.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        AgroalDataSource connections = pool(admin.substring(0, admin.lastIndexOf('/') + 1) + name, CONNECTIONS);
        Flyway.configure().dataSource(connections).load().migrate();
        return new TestDatabase(connections);
    }

    private static AgroalDataSource pool(String url, int size) {
        try {
            return AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                    .connectionPoolConfiguration(pool -> pool.maxSize(size)
                            .acquisitionTimeout(Duration.ofSeconds(60))
                            .connectionFactoryConfiguration(factory -> factory.jdbcUrl(url)
                                    .principal(new NamePrincipal(PostgresServer.USER))
                                    .credential(new SimplePassword(PostgresServer.PASSWORD)))));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public Database database() {
        return new Database(connections);
    }

    /** A new leader; the former one is fenced. */
    public long lead() {
        return database()
                .write(handle -> handle.createQuery("""
                    INSERT INTO lease AS l (name, epoch, owner, until) VALUES ('scheduler', 1, 'test', now() + interval '1 h')
                    ON CONFLICT (name) DO UPDATE SET epoch = l.epoch + 1 RETURNING epoch\
                    """).mapTo(Long.class).one());
    }

    /** The number that the query selects. */
    public long number(String sql) {
        return database()
                .read(handle -> handle.createQuery(sql).mapTo(Long.class).one());
    }

    /** From now on each new row of the table fails as on a full disk. */
    public void fill(String table) {
        database()
                .write(handle -> handle.execute("""
                    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device';
                    END $$\
                    """)
                        + handle.execute("CREATE TRIGGER full_disk BEFORE INSERT ON " + table
                                + " EXECUTE FUNCTION full_disk()"));
    }

    /** Ends what {@link #fill} began. */
    public void makeRoom(String table) {
        database()
                .write(handle -> handle.execute("DROP TRIGGER full_disk ON " + table)
                        + handle.execute("DROP FUNCTION full_disk"));
    }

    @Override
    public void close() {
        connections.close();
    }
}
