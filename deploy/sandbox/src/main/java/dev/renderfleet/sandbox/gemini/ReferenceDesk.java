package dev.renderfleet.sandbox.gemini;

import dev.renderfleet.sandbox.gemini.GenerateCall.Reference;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Gets the reference pictures: decodes inline ones and really fetches remote ones, as the provider does. */
final class ReferenceDesk {
    private static final Duration FETCH_MAX = Duration.ofSeconds(20);

    private final HttpClient client =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

    /** All pictures, or what is wrong with one of them. */
    sealed interface Gathered {
        record Files(List<byte[]> files) implements Gathered {}

        record Refused(ApiError error) implements Gathered {}
    }

    Gathered gather(List<Reference> references) throws InterruptedException {
        var files = new ArrayList<byte[]>();
        for (Reference reference : references) {
            try {
                files.add(
                        switch (reference) {
                            case Reference.Inline inline ->
                                Base64.getMimeDecoder().decode(inline.base64());
                            case Reference.Remote remote -> fetch(remote.uri());
                        });
            } catch (IOException e) {
                return refused("Cannot fetch content from the provided URL: " + e.getMessage());
            } catch (IllegalArgumentException _) {
                return refused("Unable to process input image. Please retry or report in the developer forum.");
            }
        }
        return new Gathered.Files(files);
    }

    private byte[] fetch(String uri) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(uri)).timeout(FETCH_MAX).build();
        var answer = client.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException("URL_REJECTED, HTTP status " + answer.statusCode());
        }
        return answer.body();
    }

    private static Gathered refused(String message) {
        return new Gathered.Refused(ApiError.invalid(message));
    }
}
