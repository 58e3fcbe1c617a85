package dev.renderfleet.worker.providers.dashscope;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.HttpResult.Refused;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Downloads the pictures that an output names. Safe for use by many threads. */
final class DashScopeOutput {

    /** Of each picture, which is paid for: also after the call's own time. */
    private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(2);

    /** Of a signed address after its end. */
    private static final Set<Integer> EXPIRED = Set.of(403, 404, 410);

    private final ResultDownloader downloader;
    private final Redactor redactor;

    DashScopeOutput(ResultDownloader downloader, Redactor redactor) {
        this.downloader = downloader;
        this.redactor = redactor;
    }

    /**
     * The pictures. {@code UNKNOWN_OUTCOME} means that a later try may succeed, {@code RESULT_EXPIRED} that it needs fresh addresses.
     *
     * @param output of a call or task that succeeded
     * @param last whether there will be no other try: some of the pictures are an answer then
     */
    ModelAnswer fetch(JsonNode output, @Nullable String responseId, boolean last) {
        List<String> addresses = addresses(output);
        if (addresses.isEmpty()) {
            String text = output.at("/choices/0/message/content/0/text").asText("the answer names no image");
            return notDrawn(FailureKind.NO_IMAGE, "NO_IMAGE", text, responseId);
        }
        List<DrawnPicture> pictures = new ArrayList<>();
        NotDrawn failure = null;
        for (String address : addresses) {
            switch (downloader.download(secured(address), DOWNLOAD_TIMEOUT)) {
                case Answered picture -> {
                    SpoolFile file = picture.pictures().getFirst();
                    String mime = Objects.requireNonNullElse(
                            picture.headers().get("Content-Type"), "application/octet-stream");
                    pictures.add(
                            new DrawnPicture(file, mime.replaceFirst(";.*", "").strip(), false));
                }
                case Refused(int status, var _, String body) -> {
                    FailureKind kind = kind(status);
                    String reason = kind == FailureKind.RESULT_EXPIRED ? kind.name() : "RESULT_HTTP_" + status;
                    failure = notDrawn(kind, reason, body, responseId);
                }
                case Lost(FailureKind kind, String reason, String detail) ->
                    failure = notDrawn(kind, reason, detail, responseId);
            }
        }
        if (failure == null || (!pictures.isEmpty() && (last || failure.kind() == FailureKind.RESULT_INVALID))) {
            return new Drawn(pictures, Usage.NONE, null, responseId);
        }
        pictures.forEach(picture -> picture.file().close());
        return failure;
    }

    private static FailureKind kind(int status) {
        if (EXPIRED.contains(status)) {
            return FailureKind.RESULT_EXPIRED;
        }
        return status >= 500 || status == 408 || status == 429
                ? FailureKind.UNKNOWN_OUTCOME
                : FailureKind.RESULT_INVALID;
    }

    /** Of new models in {@code choices}, of old ones in {@code results}. An element without a picture is none. */
    private static List<String> addresses(JsonNode output) {
        List<String> addresses = new ArrayList<>();
        for (JsonNode choice : output.path("choices")) {
            choice.path("message")
                    .path("content")
                    .forEach(part -> addresses.add(part.path("image").asText("")));
        }
        output.path("results")
                .forEach(result -> addresses.add(result.path("url").asText("")));
        addresses.removeIf(String::isEmpty);
        return addresses;
    }

    /** Some answers name Alibaba's storage without TLS; the signature holds for both. */
    static String secured(String address) {
        return address.replaceFirst("^http://(?=[a-z0-9.-]+\\.aliyuncs\\.com/)", "https://");
    }

    NotDrawn notDrawn(FailureKind kind, String reason, String detail, @Nullable String responseId) {
        return new NotDrawn(kind, reason, redactor.redact(detail), null, Usage.NONE, responseId);
    }
}
