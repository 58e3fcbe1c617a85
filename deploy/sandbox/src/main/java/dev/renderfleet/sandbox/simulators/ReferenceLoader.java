package dev.renderfleet.sandbox.simulators;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Gets the reference pictures of a call: decodes inline ones and really fetches remote ones, as a provider does. */
public final class ReferenceLoader {
    private static final Duration FETCH_MAX = Duration.ofSeconds(20);

    private final HttpClient client =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    /** A reference picture as the request names it. */
    public sealed interface Reference {
        /** As the base64 text of the request. */
        record Inline(String mime, String base64) implements Reference {}

        /** As a file in the request. */
        record Uploaded(String mime, ByteBuffer file) implements Reference {}

        /** An https or http address. */
        record Remote(String mime, String uri) implements Reference {}
    }

    /** The files. An {@link IOException} says why one cannot be fetched, an {@link IllegalArgumentException} that it is broken. */
    public List<byte[]> fetch(List<Reference> references) throws IOException, InterruptedException {
        var files = new ArrayList<byte[]>();
        for (Reference reference : references) {
            files.add(
                    switch (reference) {
                        case Reference.Inline inline -> Base64.getDecoder().decode(inline.base64());
                        case Reference.Uploaded uploaded ->
                            bytes(uploaded.file().duplicate());
                        case Reference.Remote remote -> fetch(remote.uri());
                    });
        }
        return files;
    }

    private static byte[] bytes(ByteBuffer file) {
        byte[] bytes = new byte[file.remaining()];
        file.get(bytes);
        return bytes;
    }

    private byte[] fetch(String uri) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(uri)).timeout(FETCH_MAX).build();
        var answer = client.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException("URL_REJECTED, HTTP status " + answer.statusCode());
        }
        return answer.body();
    }
}
