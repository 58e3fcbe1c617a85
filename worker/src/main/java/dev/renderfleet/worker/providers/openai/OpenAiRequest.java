package dev.renderfleet.worker.providers.openai;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.job.Background;
import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.AlphaMask;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** Maps a {@link DrawRequest} to the body of generations or edits. {@code response_format} and {@code style} are never sent. */
sealed interface OpenAiRequest {

    /**
     * A request to send. Closing it deletes the translated mask.
     *
     * @param operation {@code generations} or {@code edits}
     */
    record Ready(
            String operation, RequestBody body, @Nullable SpoolFile mask) implements OpenAiRequest, AutoCloseable {
        @Override
        public void close() {
            if (mask != null) {
                mask.close();
            }
        }
    }

    /** A request that is not sent. */
    record Unfit(FailureKind kind, String reason, String detail) implements OpenAiRequest {}

    JsonMapper JSON = new JsonMapper();
    MediaType JSON_TYPE = MediaType.get("application/json");
    MediaType PNG = MediaType.get("image/png");

    /** The API refuses larger masks. */
    long MASK_BYTES_MAX = 4_000_000;

    /** Maps the request; references become JSON or multipart as the API wants them, a mask becomes transparent where ours is white. */
    static OpenAiRequest of(DrawRequest request, Spool spool) {
        String size =
                OpenAiSizes.of(request.output().aspectRatio(), request.output().size());
        if (size == null) {
            return invalid(
                    "RATIO_NOT_SUPPORTED",
                    "the model cannot draw " + request.output().aspectRatio());
        }
        Map<String, Object> fields = fields(request, size);
        List<ReferencePicture> pictures = ImagePrompt.pictures(request);
        List<ReferencePicture> masks = request.references().stream()
                .filter(reference -> reference.role() == ReferenceRole.MASK)
                .toList();
        if (masks.size() > 1 || (!masks.isEmpty() && pictures.isEmpty())) {
            return invalid("MASK_INVALID", "a mask needs an image, and there may be one mask only");
        }
        if (pictures.isEmpty()) {
            return new Ready("generations", json(fields), null);
        }
        for (ReferencePicture reference : request.references()) {
            if (!Files.isReadable(reference.file())) {
                return new Unfit(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", reference.file() + " cannot be read");
            }
        }
        return masks.isEmpty()
                ? new Ready("edits", multipart(fields, pictures, null), null)
                : masked(fields, pictures, masks.getFirst().file(), spool);
    }

    private static OpenAiRequest masked(
            Map<String, Object> fields, List<ReferencePicture> pictures, Path mask, Spool spool) {
        SpoolFile translated = null;
        OpenAiRequest result = null;
        try {
            translated = spool.newFile();
            // The API applies it to the first picture.
            String fault = AlphaMask.translate(mask, pictures.getFirst().file(), translated.path());
            if (fault == null && translated.bytes() >= MASK_BYTES_MAX) {
                fault = "the mask has too many shades to be sent within " + MASK_BYTES_MAX + " bytes";
            }
            result = fault == null
                    ? new Ready("edits", multipart(fields, pictures, translated.path()), translated)
                    : invalid("MASK_INVALID", fault);
            return result;
        } catch (IOException | UncheckedIOException e) {
            return new Unfit(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", e.toString());
        } finally {
            if (translated != null && !(result instanceof Ready)) {
                translated.close();
            }
        }
    }

    private static Map<String, Object> fields(DrawRequest request, String size) {
        Output output = request.output();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("model", request.model());
        fields.put("prompt", ImagePrompt.of(request));
        fields.put("n", output.count());
        fields.put("size", size);
        if (output.quality() != null) {
            fields.put("quality", output.quality().wireName());
        }
        if (output.background() != null) {
            fields.put("background", output.background() == Background.TRANSPARENT ? "transparent" : "opaque");
        }
        if (output.format() != null) {
            fields.put("output_format", output.format().wireName());
        }
        return fields;
    }

    private static RequestBody json(Map<String, Object> fields) {
        return RequestBody.create(JSON.valueToTree(fields).toString(), JSON_TYPE);
    }

    /** Each file has a name and its real type: the API refuses others. */
    private static RequestBody multipart(
            Map<String, Object> fields, List<ReferencePicture> pictures, @Nullable Path mask) {
        var form = new MultipartBody.Builder().setType(MultipartBody.FORM);
        fields.forEach((name, value) -> form.addFormDataPart(name, value.toString()));
        String field = pictures.size() == 1 ? "image" : "image[]";
        int number = 1;
        for (ReferencePicture picture : pictures) {
            String name = "reference-" + number++ + "." + picture.mime().substring("image/".length());
            form.addFormDataPart(
                    field, name, RequestBody.create(picture.file().toFile(), MediaType.get(picture.mime())));
        }
        if (mask != null) {
            form.addFormDataPart("mask", "mask.png", RequestBody.create(mask.toFile(), PNG));
        }
        return form.build();
    }

    private static Unfit invalid(String reason, String detail) {
        return new Unfit(FailureKind.REQUEST_INVALID, reason, detail);
    }
}
