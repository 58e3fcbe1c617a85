package dev.renderfleet.worker.providers.openai;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.worker.pictures.AlphaMask;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import dev.renderfleet.worker.providers.wire.StreamedJson;
import dev.renderfleet.worker.providers.wire.StreamedJson.JsonFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** Maps a {@link DrawRequest} to the body of generations or edits. */
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

    /** Maps the request; references become JSON or multipart as the server wants them. */
    static OpenAiRequest of(DrawRequest request, Spool spool, ImagesDialect dialect) {
        Map<String, Object> fields = OpenAiFields.of(request, dialect);
        if (fields == null) {
            return invalid(
                    "RATIO_NOT_SUPPORTED",
                    "the model cannot draw " + request.output().aspectRatio());
        }
        List<ReferencePicture> pictures = ImagePrompt.pictures(request);
        List<ReferencePicture> masks = request.references().stream()
                .filter(reference -> reference.role() == ReferenceRole.MASK)
                .toList();
        if (masks.size() > 1 || (!masks.isEmpty() && pictures.isEmpty())) {
            return invalid("MASK_INVALID", "a mask needs an image, and there may be one mask only");
        }
        if (!masks.isEmpty() && dialect.maskField() == null) {
            return invalid("MASK_NOT_SUPPORTED", "the server takes no mask");
        }
        if (pictures.isEmpty()) {
            return new Ready("generations", json(fields), null);
        }
        for (ReferencePicture reference : request.references()) {
            if (!Files.isReadable(reference.file())) {
                return new Unfit(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", reference.file() + " cannot be read");
            }
        }
        try {
            if (dialect == ImagesDialect.LOCALAI) {
                return new Ready("generations", withPictures(fields, pictures), null);
            }
            MultipartBody.Builder form = form(fields, pictures);
            return masks.isEmpty()
                    ? new Ready("edits", form.build(), null)
                    : masked(form, pictures.getFirst().file(), masks.getFirst(), spool, dialect);
        } catch (IOException | UncheckedIOException e) {
            return new Unfit(FailureKind.NOT_SENT, "REFERENCE_UNREADABLE", e.toString());
        }
    }

    /** The server applies the mask to the first picture. OpenAI changes what is transparent in it, the others what is white, as ours. */
    private static OpenAiRequest masked(
            MultipartBody.Builder form, Path picture, ReferencePicture mask, Spool spool, ImagesDialect dialect)
            throws IOException {
        if (dialect == ImagesDialect.OPENAI) {
            return translated(form, picture, mask.file(), spool);
        }
        String fault = AlphaMask.misfit(mask.file(), picture);
        return fault == null
                ? new Ready(
                        "edits",
                        form.addFormDataPart(
                                        Objects.requireNonNull(dialect.maskField()),
                                        "mask." + subtype(mask),
                                        file(mask.file(), MediaType.get(mask.mime())))
                                .build(),
                        null)
                : invalid("MASK_INVALID", fault);
    }

    private static OpenAiRequest translated(MultipartBody.Builder form, Path picture, Path mask, Spool spool)
            throws IOException {
        SpoolFile translated = null;
        OpenAiRequest result = null;
        try {
            translated = spool.newFile();
            String fault = AlphaMask.translate(mask, picture, translated.path());
            if (fault == null && translated.bytes() >= MASK_BYTES_MAX) {
                fault = "the mask has too many shades to be sent within " + MASK_BYTES_MAX + " bytes";
            }
            result = fault == null
                    ? new Ready(
                            "edits",
                            form.addFormDataPart("mask", "mask.png", file(translated.path(), PNG))
                                    .build(),
                            translated)
                    : invalid("MASK_INVALID", fault);
            return result;
        } finally {
            if (translated != null && !(result instanceof Ready)) {
                translated.close();
            }
        }
    }

    /** The fields as a body. */
    static RequestBody json(Map<String, Object> fields) {
        return RequestBody.create(JSON.valueToTree(fields).toString(), JSON_TYPE);
    }

    private static RequestBody withPictures(Map<String, Object> fields, List<ReferencePicture> pictures)
            throws IOException {
        List<JsonFile> files = new ArrayList<>();
        for (ReferencePicture picture : pictures) {
            files.add(JsonFile.of(picture.file()));
        }
        fields.put("ref_images", files.stream().map(JsonFile::placeholder).toList());
        return StreamedJson.of(JSON.writeValueAsBytes(fields), JSON_TYPE, files);
    }

    /** Each file has a name and its real type: the API refuses others. */
    private static MultipartBody.Builder form(Map<String, Object> fields, List<ReferencePicture> pictures) {
        var form = new MultipartBody.Builder().setType(MultipartBody.FORM);
        fields.forEach((name, value) -> form.addFormDataPart(name, value.toString()));
        String field = pictures.size() == 1 ? "image" : "image[]";
        int number = 1;
        for (ReferencePicture picture : pictures) {
            form.addFormDataPart(
                    field,
                    "reference-" + number++ + "." + subtype(picture),
                    file(picture.file(), MediaType.get(picture.mime())));
        }
        return form;
    }

    private static RequestBody file(Path file, MediaType type) {
        return RequestBody.create(file.toFile(), type);
    }

    private static String subtype(ReferencePicture picture) {
        return picture.mime().substring("image/".length());
    }

    private static Unfit invalid(String reason, String detail) {
        return new Unfit(FailureKind.REQUEST_INVALID, reason, detail);
    }
}
