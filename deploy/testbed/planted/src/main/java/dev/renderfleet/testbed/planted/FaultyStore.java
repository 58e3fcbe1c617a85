package dev.renderfleet.testbed.planted;

import dev.renderfleet.worker.storage.ObjectStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Storage that damages or drops some images. */
record FaultyStore(ObjectStore store, PlantedBug bug) implements ObjectStore {

    @Override
    public void putFile(String key, Path file, String contentType) {
        if (key.startsWith("lent/")) {
            store.putFile(key, file, contentType);
            return;
        }
        // assets/<tenant>/<jobId>/<sha256>.<extension>
        String job = key.split("/", -1)[2];
        if (bug.hits(PlantedBug.DAMAGE_PICTURE, job)) {
            flipOneByte(file);
        }
        if (!bug.hits(PlantedBug.SKIP_STORE, job)) {
            store.putFile(key, file, contentType);
        }
    }

    private static void flipOneByte(Path picture) {
        try (var file = new RandomAccessFile(picture.toFile(), "rw")) {
            file.seek(file.length() / 2);
            int old = file.read();
            file.seek(file.length() / 2);
            file.write(~old);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String bucket() {
        return store.bucket();
    }

    @Override
    public PutResult putIfAbsent(String key, String json) {
        return store.putIfAbsent(key, json);
    }

    @Override
    public PutResult putIfMatch(String key, String etag, String json) {
        return store.putIfMatch(key, etag, json);
    }

    @Override
    public @Nullable StoredObject get(String key, int bytesMax) {
        return store.get(key, bytesMax);
    }

    @Override
    public FetchResult fetch(String key, Path file, long bytesMax) {
        return store.fetch(key, file, bytesMax);
    }

    @Override
    public void delete(String key) {
        store.delete(key);
    }
}
