package dev.renderfleet.sandbox.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A real PostgreSQL, a child process. Durability is switched off unless it is asked for: what it holds is thrown away with the sandbox.
 * If this JVM is killed the child lives on, until the reaper stops it.
 */
public final class PostgresServer implements AutoCloseable {
    public static final String USER = "postgres";
    public static final String PASSWORD = "postgres";

    private static final Duration START_MAX = Duration.ofSeconds(60);

    private final EmbeddedPostgres server;

    private PostgresServer(EmbeddedPostgres server) {
        this.server = server;
    }

    /**
     * Starts one; a port of 0 means any free one.
     *
     * @param durable whether a commit waits for the disk
     */
    public static PostgresServer start(int port, Path folder, boolean durable) {
        String wait = durable ? "on" : "off";
        try {
            return new PostgresServer(EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(folder)
                    .setCleanDataDirectory(false)
                    .setPGStartupWait(START_MAX)
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("unix_socket_directories", "")
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("fsync", wait)
                    .setServerConfig("synchronous_commit", wait)
                    .setServerConfig("full_page_writes", wait)
                    .setOutputRedirector(Redirect.DISCARD)
                    .setErrorRedirector(Redirect.DISCARD)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL cannot be started", e);
        }
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(server.getPort());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
