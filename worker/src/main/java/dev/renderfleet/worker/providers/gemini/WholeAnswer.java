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
 * Judges an answer with status 200, which is not the same as a picture. The last picture that is not a thought is the
 * answer. A finish reason that says the picture was withheld wins over any picture; every other one loses to it,
 * since the picture is paid for and will be checked.
 */
final class WholeAnswer {

    private record Picture(int number, String mime) {}

    private final SafeText safe;

    WholeAnswer(SafeText safe) {
        this.safe = safe;
    }

    ModelAnswer judge(GenerateContentResponse answer, Exchange exchange) {
        Usage usage = answer.usageMetadata().map(WholeAnswer::usage).orElse(Usage.NONE);
        String responseId = safe.of(answer.responseId().orElse(null));
        Optional<String> blocked = answer.promptFeedback()
                .flatMap(GenerateContentResponsePromptFeedback::blockReason)
                .map(Object::toString);
        if (blocked.isPresent()) {
            return notDrawn(FailureKind.INPUT_REFUSED, blocked.get(), exchange.providerWords(), usage, responseId);
        }
        List<Candidate> candidates = answer.candidates().orElse(List.of());
        if (candidates.isEmpty()) {
            return notDrawn(FailureKind.NO_IMAGE, "NO_CANDIDATES", exchange.providerWords(), usage, responseId);
        }
        List<Part> parts = candidates.stream()
                .flatMap(candidate -> candidate.content().flatMap(Content::parts).stream())
                .flatMap(List::stream)
                .filter(part -> !part.thought().orElse(false))
                .toList();
        String finish =
                candidates.getLast().finishReason().map(Object::toString).orElse("NO_FINISH_REASON");
        FailureKind kindWithoutPicture = kindWithoutPicture(finish);
        List<Picture> pictures = pictures(parts, exchange);
        if (pictures.isEmpty() || withheld(kindWithoutPicture)) {
            String words = exchange.providerWords() != null ? exchange.providerWords() : texts(parts);
            return notDrawn(kindWithoutPicture, finish, words, usage, responseId);
        }
        Picture last = pictures.getLast();
        return new Drawn(
                exchange.take(last.number()),
                last.mime(),
                pictures.size(),
                usage,
                safe.of(answer.modelVersion().orElse(null)),
                responseId);
    }

    /** What a finish reason means where no picture came; the names are Google's, new ones are expected. */
    static FailureKind kindWithoutPicture(String finishReason) {
        return switch (finishReason) {
            case "IMAGE_SAFETY", "IMAGE_RECITATION", "RECITATION" -> FailureKind.OUTPUT_REFUSED_REROLLABLE;
            case "IMAGE_PROHIBITED_CONTENT", "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII" ->
                FailureKind.OUTPUT_REFUSED;
            case "MAX_TOKENS" -> FailureKind.REQUEST_INVALID;
            // STOP with words only, NO_IMAGE, IMAGE_OTHER, OTHER, the odd ones (MALFORMED_FUNCTION_CALL, LANGUAGE...)
            // and those to come: the protocol was kept and another roll may help.
            default -> FailureKind.NO_IMAGE;
        };
    }

    private static boolean withheld(FailureKind kind) {
        return kind == FailureKind.OUTPUT_REFUSED || kind == FailureKind.OUTPUT_REFUSED_REROLLABLE;
    }

    private static List<Picture> pictures(List<Part> parts, Exchange exchange) {
        List<Picture> pictures = new ArrayList<>();
        for (Part part : parts) {
            part.inlineData()
                    .ifPresent(blob -> blob.data().ifPresent(data -> {
                        int number = PictureNumber.fromBytes(data);
                        if (exchange.hasBytes(number)) {
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
                Objects.requireNonNullElse(safe.of(reason), kind.name()),
                safe.of(words),
                null,
                usage,
                responseId);
    }

    /** Tokens that tools put into the prompt count as prompt, so that the parts sum up to the total. */
    private static Usage usage(GenerateContentResponseUsageMetadata tokens) {
        return new Usage(
                tokens.promptTokenCount().orElse(0)
                        + tokens.toolUsePromptTokenCount().orElse(0),
                tokens.candidatesTokenCount().orElse(0),
                tokens.thoughtsTokenCount().orElse(0),
                tokens.totalTokenCount().orElse(0));
    }
}
