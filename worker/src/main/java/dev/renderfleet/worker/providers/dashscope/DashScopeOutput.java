package dev.renderfleet.worker.providers.dashscope;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Missing;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Picture;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Downloads the pictures that an output names. Safe for use by many threads. */
final class DashScopeOutput {

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
            switch (downloader.download(secured(address))) {
                case Picture(DrawnPicture picture) -> pictures.add(picture);
                case Missing(FailureKind kind, String reason, String detail) ->
                    failure = notDrawn(kind, reason, detail, responseId);
            }
        }
        if (failure == null || (!pictures.isEmpty() && (last || failure.kind() == FailureKind.RESULT_INVALID))) {
            return new Drawn(pictures, Usage.NONE, null, responseId);
        }
        pictures.forEach(picture -> picture.file().close());
        return failure;
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
