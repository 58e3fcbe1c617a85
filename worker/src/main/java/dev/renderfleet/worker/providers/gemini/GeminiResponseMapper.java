package dev.renderfleet.worker.providers.gemini;

import com.google.genai.types.Candidate;
import com.google.genai.types.Content;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateContentResponsePromptFeedback;
import com.google.genai.types.GenerateContentResponseUsageMetadata;
import com.google.genai.types.Part;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Maps a response with status 200 to the last picture that is not a thought, or to a failure. A finish reason that withholds the
 * picture takes precedence over a picture; any other does not, since the picture is paid for and will be checked.
 */
final class GeminiResponseMapper {

    private record Picture(int number, String mime) {}

    private final Redactor redactor;

    GeminiResponseMapper(Redactor redactor) {
        this.redactor = redactor;
    }

    ModelAnswer map(GenerateContentResponse answer, GeminiCall call) {
        Usage usage = answer.usageMetadata().map(GeminiResponseMapper::usage).orElse(Usage.NONE);
        String responseId = redactor.redact(answer.responseId().orElse(null));
        Optional<String> blocked = answer.promptFeedback()
                .flatMap(GenerateContentResponsePromptFeedback::blockReason)
                .map(Object::toString);
        if (blocked.isPresent()) {
            return notDrawn(FailureKind.INPUT_REFUSED, blocked.get(), call.providerMessage(), usage, responseId);
        }
        List<Candidate> candidates = answer.candidates().orElse(List.of());
        if (candidates.isEmpty()) {
            return notDrawn(FailureKind.NO_IMAGE, "NO_CANDIDATES", call.providerMessage(), usage, responseId);
        }
        List<Part> parts = candidates.stream()
                .flatMap(candidate -> candidate.content().flatMap(Content::parts).stream())
                .flatMap(List::stream)
                .filter(part -> !part.thought().orElse(false))
                .toList();
        String finish =
                candidates.getLast().finishReason().map(Object::toString).orElse("NO_FINISH_REASON");
        FailureKind kindWithoutPicture = kindWithoutPicture(finish);
        List<Picture> pictures = pictures(parts, call);
        if (pictures.isEmpty() || withheld(kindWithoutPicture)) {
            String words = call.providerMessage() != null ? call.providerMessage() : texts(parts);
            return notDrawn(kindWithoutPicture, finish, words, usage, responseId);
        }
        Picture last = pictures.getLast();
        return new Drawn(
                call.take(last.number()),
                last.mime(),
                pictures.size(),
                usage,
                redactor.redact(answer.modelVersion().orElse(null)),
                responseId);
    }

    /** The kind of a finish reason without a picture. The names are Google's; new ones are expected. */
    static FailureKind kindWithoutPicture(String finishReason) {
        return switch (finishReason) {
            case "IMAGE_SAFETY", "IMAGE_RECITATION", "RECITATION" -> FailureKind.OUTPUT_REFUSED_REROLLABLE;
            case "IMAGE_PROHIBITED_CONTENT", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII" ->
                FailureKind.OUTPUT_REFUSED;
            case "MAX_TOKENS" -> FailureKind.REQUEST_INVALID;
            // STOP with text only, NO_IMAGE, IMAGE_OTHER, OTHER, MALFORMED_FUNCTION_CALL, LANGUAGE and future ones:
            // a retry may help.
            default -> FailureKind.NO_IMAGE;
        };
    }

    private static boolean withheld(FailureKind kind) {
        return kind == FailureKind.OUTPUT_REFUSED || kind == FailureKind.OUTPUT_REFUSED_REROLLABLE;
    }

    private static List<Picture> pictures(List<Part> parts, GeminiCall call) {
        List<Picture> pictures = new ArrayList<>();
        for (Part part : parts) {
            part.inlineData()
                    .ifPresent(blob -> blob.data().ifPresent(data -> {
                        int number = PictureNumber.fromBytes(data);
                        if (call.hasBytes(number)) {
                            pictures.add(new Picture(number, blob.mimeType().orElse("application/octet-stream")));
                        }
                    }));
        }
        return pictures;
    }

    private static String texts(List<Part> parts) {
        return parts.stream().flatMap(part -> part.text().stream()).collect(Collectors.joining(" "));
    }

    private NotDrawn notDrawn(
            FailureKind kind, String reason, @Nullable String words, Usage usage, @Nullable String responseId) {
        return new NotDrawn(
                kind,
                Objects.requireNonNullElse(redactor.redact(reason), kind.name()),
                redactor.redact(words),
                null,
                usage,
                responseId);
    }

    /** Tool tokens count as prompt tokens, so that the parts sum up to the total. */
    private static Usage usage(GenerateContentResponseUsageMetadata tokens) {
        return new Usage(
                tokens.promptTokenCount().orElse(0)
                        + tokens.toolUsePromptTokenCount().orElse(0),
                tokens.candidatesTokenCount().orElse(0),
                tokens.thoughtsTokenCount().orElse(0),
                tokens.totalTokenCount().orElse(0));
    }
}
