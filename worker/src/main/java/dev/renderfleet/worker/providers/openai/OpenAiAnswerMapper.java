package dev.renderfleet.worker.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.wire.HttpResult.Answered;
import dev.renderfleet.worker.providers.wire.HttpResult.Lost;
import dev.renderfleet.worker.providers.wire.Redactor;
import dev.renderfleet.worker.providers.wire.ResultDownloader;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Missing;
import dev.renderfleet.worker.providers.wire.ResultDownloader.Download.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Maps an answer to its pictures: in base64, as the answer itself, or at addresses, which are fetched. */
final class OpenAiAnswerMapper {

    private final HttpUrl baseUrl;
    private final ResultDownloader downloader;
    private final Redactor redactor;
    private final OpenAiErrorMapper errorMapper;

    /** @param baseUrl of relative addresses */
    OpenAiAnswerMapper(HttpUrl baseUrl, ResultDownloader downloader, Redactor redactor, OpenAiErrorMapper errorMapper) {
        this.baseUrl = baseUrl;
        this.downloader = downloader;
        this.redactor = redactor;
        this.errorMapper = errorMapper;
    }

    /** The pictures, or why there is none. Takes over the answer's files. */
    ModelAnswer map(DrawRequest request, Answered answered) {
        JsonNode json = answered.json();
        String requestId = redactor.redact(answered.headers().get(OpenAiImageProvider.REQUEST_ID));
        // A part of it, if the answer broke off.
        Usage usage = answered.cut() == null ? usage(json.path("usage")) : Usage.NONE;
        String mime = mime(request, json);
        List<DrawnPicture> pictures = new ArrayList<>();
        if (json.isMissingNode()) {
            pictures.add(new DrawnPicture(answered.pictures().getFirst(), mime, false));
        }
        NotDrawn lost = null;
        for (JsonNode data : json.path("data")) {
            SpoolFile picture = answered.picture(data.path("b64_json"));
            String address = data.path("url").asText("");
            if (picture != null) {
                pictures.add(new DrawnPicture(picture, mime, false));
            } else if (!address.isEmpty()) {
                NotDrawn failure = download(address, pictures);
                lost = failure == null ? lost : failure;
            }
        }
        if (!pictures.isEmpty()) {
            answered.pictures().stream()
                    .filter(file -> pictures.stream().noneMatch(picture -> picture.file() == file))
                    .forEach(SpoolFile::close);
            return new Drawn(pictures, usage, null, requestId);
        }
        try (answered) {
            Lost cut = answered.cut();
            if (cut != null) {
                return notDrawn(cut.kind(), cut.reason(), cut.detail(), usage, requestId);
            }
            if (lost != null) {
                return lost;
            }
            JsonNode error = json.path("error");
            return error.isObject() && !error.isEmpty()
                    ? errorMapper.map(500, answered.headers(), json, error.toString())
                    : notDrawn(FailureKind.NO_IMAGE, "NO_IMAGE", "the answer has no image", usage, requestId);
        }
    }

    /** Adds the picture at that address; null unless it failed. */
    private @Nullable NotDrawn download(String address, List<DrawnPicture> pictures) {
        HttpUrl absolute = baseUrl.resolve(address);
        return switch (downloader.download(absolute == null ? address : absolute.toString())) {
            case Picture(DrawnPicture picture) -> {
                pictures.add(picture);
                yield null;
            }
            case Missing(FailureKind kind, String reason, String detail) -> notDrawn(kind, reason, detail, null);
        };
    }

    private String mime(DrawRequest request, JsonNode json) {
        var wanted = request.output().format();
        String format = redactor.redact(json.path("output_format").asText(wanted == null ? "png" : wanted.wireName()));
        return "image/" + Objects.requireNonNullElse(format, "png");
    }

    /** All output is pictures where the answer does not say otherwise. */
    private static Usage usage(JsonNode usage) {
        long output = tokens(usage, "output_tokens");
        JsonNode details = usage.path("output_tokens_details");
        Long imageTokens =
                details.has("image_tokens") ? Long.valueOf(tokens(details, "image_tokens")) : Long.valueOf(output);
        JsonNode input = usage.path("input_tokens_details");
        Long promptImageTokens = input.has("image_tokens") ? Long.valueOf(tokens(input, "image_tokens")) : null;
        return usage.isObject()
                ? new Usage(
                        tokens(usage, "input_tokens"),
                        output,
                        0,
                        tokens(usage, "total_tokens"),
                        imageTokens,
                        promptImageTokens)
                : Usage.NONE;
    }

    private static long tokens(JsonNode usage, String field) {
        return Math.max(0, usage.path(field).asLong(0));
    }

    NotDrawn notDrawn(FailureKind kind, String reason, @Nullable String detail, @Nullable String requestId) {
        return notDrawn(kind, reason, detail, Usage.NONE, requestId);
    }

    private NotDrawn notDrawn(
            FailureKind kind, String reason, @Nullable String detail, Usage usage, @Nullable String requestId) {
        return new NotDrawn(kind, reason, redactor.redact(detail), null, usage, requestId);
    }
}
