package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.store.OutboxRow.DeadLetter;
import dev.renderfleet.scheduler.store.OutboxRow.OwnEvent;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;

/** What the scheduler has to publish itself. For the leader. */
public final class OutboxStore {

    private final Database database;

    public OutboxStore(Database database) {
        this.database = database;
    }

    /** The oldest rows but these. */
    public List<OutboxRow> next(Collection<String> but, int max) {
        return database.read(handle -> handle.createQuery("""
                        SELECT * FROM outbox WHERE id <> ALL (:but) ORDER BY created_at, id LIMIT :max""")
                .bind("but", Database.texts(but.stream()))
                .bind("max", max)
                .map((row, _) -> row(row))
                .list());
    }

    /** All rows. */
    public Set<String> ids() {
        return database.read(handle ->
                handle.createQuery("SELECT id FROM outbox").mapTo(String.class).set());
    }

    /** Removes rows that were published for certain. */
    public void published(long epoch, Collection<String> ids) {
        database.useAsLeader(epoch, handle -> remove(handle, ids));
    }

    static void remove(Handle handle, Collection<String> ids) {
        if (!ids.isEmpty()) {
            handle.createUpdate("DELETE FROM outbox WHERE id = ANY (:ids)")
                    .bind("ids", Database.texts(ids.stream()))
                    .execute();
        }
    }

    static void add(Handle handle, List<OutboxRow> rows) {
        for (OutboxRow row : rows) {
            OwnEvent event = row.event();
            DeadLetter letter = row.letter();
            handle.createUpdate("""
                            INSERT INTO outbox (id, job_id, event_headers, event, letter_key, letter_headers, letter)
                            VALUES (:id, :job, :eventHeaders, :event, :key, :letterHeaders, :letter)
                            ON CONFLICT DO NOTHING""")
                    .bind("id", row.id())
                    .bind("job", event == null ? null : event.jobId())
                    .bind("eventHeaders", flat(event == null ? null : event.headers()))
                    .bind("event", event == null ? null : event.value())
                    .bind("key", letter == null ? null : letter.key())
                    .bind("letterHeaders", flat(letter == null ? null : letter.headers()))
                    .bind("letter", letter == null ? null : letter.value())
                    .execute();
        }
    }

    private static Argument flat(@Nullable Map<String, String> headers) {
        return headers == null
                ? (position, statement, _) -> statement.setNull(position, Types.ARRAY)
                : Database.texts(
                        headers.entrySet().stream().flatMap(header -> Stream.of(header.getKey(), header.getValue())));
    }

    private static OutboxRow row(ResultSet row) throws SQLException {
        String job = row.getString("job_id");
        Map<String, String> letter = headers(row.getArray("letter_headers"));
        return new OutboxRow(
                row.getString("id"),
                job == null
                        ? null
                        : new OwnEvent(
                                job,
                                Objects.requireNonNull(headers(row.getArray("event_headers"))),
                                row.getBytes("event")),
                letter == null ? null : new DeadLetter(row.getBytes("letter_key"), letter, row.getBytes("letter")));
    }

    private static @Nullable Map<String, String> headers(@Nullable Array flat) throws SQLException {
        if (flat == null) {
            return null;
        }
        String[] texts = (String[]) flat.getArray();
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 0; i < texts.length; i += 2) {
            headers.put(texts[i], texts[i + 1]);
        }
        return headers;
    }
}
