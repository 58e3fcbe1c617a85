package dev.renderfleet.sandbox.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.gaul.shaded.org.eclipse.jetty.http.MultiPart;
import org.gaul.shaded.org.eclipse.jetty.http.MultiPartFormData;
import org.gaul.shaded.org.eclipse.jetty.io.Content;
import org.gaul.shaded.org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/** The parts of a multipart/form-data body, in their order. */
public record MultipartForm(List<FormPart> parts) {
    private static final String TYPE = "multipart/form-data";

    public MultipartForm {
        parts = List.copyOf(parts);
    }

    /** One part; a text field has no file name. The content type is empty where the part names none. */
    public record FormPart(String name, @Nullable String fileName, String contentType, ByteBuffer content) {
        public String text() {
            return StandardCharsets.UTF_8.decode(content.duplicate()).toString();
        }
    }

    public static boolean isIn(HttpRequest request) {
        return request.header("content-type").orElse("").startsWith(TYPE);
    }

    /** Reads the body; empty if it is malformed. */
    public static Optional<MultipartForm> of(HttpRequest request) {
        String boundary =
                MultiPart.extractBoundary(request.header("content-type").orElse(""));
        if (boundary == null) {
            return Optional.empty();
        }
        var parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxMemoryFileSize(-1);
        var parts = new ArrayList<FormPart>();
        var done = new CompletableFuture<MultiPartFormData.Parts>();
        parser.parse(Content.Source.from(ByteBuffer.wrap(request.body())), Promise.Invocable.toPromise(done));
        try (var read = done.join()) {
            for (MultiPart.Part part : read) {
                String type = part.getHeaders().get("content-type");
                parts.add(new FormPart(part.getName(), part.getFileName(), type == null ? "" : type, content(part)));
            }
        } catch (CompletionException | IOException _) {
            return Optional.empty();
        }
        return Optional.of(new MultipartForm(parts));
    }

    private static ByteBuffer content(MultiPart.Part part) throws IOException {
        var bytes = new ByteArrayOutputStream(Math.toIntExact(Math.max(0, part.getLength())));
        try (var in = Content.Source.asInputStream(part.getContentSource())) {
            in.transferTo(bytes);
        }
        return ByteBuffer.wrap(bytes.toByteArray()).asReadOnlyBuffer();
    }
}
