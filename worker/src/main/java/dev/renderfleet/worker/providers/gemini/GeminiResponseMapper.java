package dev.renderfleet.worker.providers.gemini;

import com.google.genai.types.Blob;
import com.google.genai.types.Candidate;
import com.google.genai.types.Content;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateContentResponsePromptFeedback;
import com.google.genai.types.GenerateContentResponseUsageMetadata;
import com.google.genai.types.ModalityTokenCount;
import com.google.genai.types.Part;
import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.ReplyPart;
import dev.renderfleet.worker.providers.wire.Redactor;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Maps a response with status 200 to its pictures or to a failure. The last picture comes first. Drafts, marked as thoughts, count only
 * where a whole answer has no other picture. A finish reason that withholds the pictures of its candidate takes precedence over them; any other
 * does not, since they are paid for and will be checked.
 */
final class GeminiResponseMapper {

    private static final String NO_FINISH_REASON = "NO_FINISH_REASON";

    private final Redactor redactor;
    private final SearchMapper searches;

    GeminiResponseMapper(Redactor redactor) {
        this.redactor = redactor;
        this.searches = new SearchMapper(redactor);
    }

    ModelAnswer map(GenerateContentResponse answer, GeminiCall call) {
        // A response that broke off may have a part of it.
        Usage usage = call.cut() != null
                ? Usage.NONE
                : answer.usageMetadata()
                        .map(GeminiResponseMapper::usage)
                        .map(tokens ->
                                tokens.searching(SearchMapper.queries(answer).size()))
                        .orElse(Usage.NONE);
        List<Candidate> candidates = answer.candidates().orElse(List.of());
        List<DrawnPicture> pictures = pictures(candidates, call);
        Optional<String> blocked = blockReason(answer);
        if (pictures.isEmpty() && blocked.isPresent()) {
            return notDrawn(answer, FailureKind.INPUT_REFUSED, blocked.get(), call.providerMessage(), usage);
        }
        if (candidates.isEmpty()) {
            return notDrawn(answer, FailureKind.NO_IMAGE, "NO_CANDIDATES", call.providerMessage(), usage);
        }
        if (pictures.isEmpty()) {
            String finish = finishReason(candidates.getLast());
            FailureKind kind = kindWithoutPicture(finish);
            String words = call.providerMessage() != null ? call.providerMessage() : texts(candidates);
            // Without tokens nothing was billed, and the job may wait.
            boolean free = kind == FailureKind.ACCOUNT_LIMITED && usage.equals(Usage.NONE);
            return notDrawn(answer, free ? FailureKind.AUTH_REFUSED : kind, finish, words, usage);
        }
        return new Drawn(pictures, usage, modelVersion(answer), responseId(answer), null, searches.found(answer));
    }

    /** Whether the response has neither a candidate nor a reason for having none. */
    static boolean isEmpty(GenerateContentResponse answer) {
        return answer.candidates().orElse(List.of()).isEmpty()
                && blockReason(answer).isEmpty();
    }

    private static Optional<String> blockReason(GenerateContentResponse answer) {
        return answer.promptFeedback()
                .flatMap(GenerateContentResponsePromptFeedback::blockReason)
                .map(Object::toString);
    }

    private static String finishReason(Candidate candidate) {
        return candidate.finishReason().map(Object::toString).orElse(NO_FINISH_REASON);
    }

    /** The kind of a finish reason without a picture. The names are Google's; new ones are expected. */
    static FailureKind kindWithoutPicture(String finishReason) {
        return switch (finishReason) {
            case "IMAGE_SAFETY", "IMAGE_RECITATION", "RECITATION" -> FailureKind.OUTPUT_REFUSED_REROLLABLE;
            case "IMAGE_PROHIBITED_CONTENT",
                    "SAFETY",
                    "PROHIBITED_CONTENT",
                    "BLOCKLIST",
                    "SPII",
                    "MODEL_ARMOR",
                    "ESCALATION" -> FailureKind.OUTPUT_REFUSED;
            case "MAX_TOKENS", "MISSING_THOUGHT_SIGNATURE" -> FailureKind.REQUEST_INVALID;
            case "PUP_LIMITED_DISABLED" -> FailureKind.ACCOUNT_LIMITED;
            // STOP comes with text only; a retry may help.
            case "STOP",
                    "NO_IMAGE",
                    "IMAGE_OTHER",
                    "OTHER",
                    "MALFORMED_FUNCTION_CALL",
                    "UNEXPECTED_TOOL_CALL",
                    "TOO_MANY_TOOL_CALLS",
                    "FINISH_REASON_UNSPECIFIED",
                    NO_FINISH_REASON -> FailureKind.NO_IMAGE;
            // MALFORMED_RESPONSE, CONTINUATION, LANGUAGE and those to come.
            default -> FailureKind.STOPPED;
        };
    }

    private static boolean withheld(FailureKind kind) {
        return kind == FailureKind.OUTPUT_REFUSED || kind == FailureKind.OUTPUT_REFUSED_REROLLABLE;
    }

    private List<DrawnPicture> pictures(List<Candidate> candidates, GeminiCall call) {
        List<Part> all = candidates.stream()
                .filter(candidate -> !withheld(kindWithoutPicture(finishReason(candidate))))
                .flatMap(GeminiResponseMapper::parts)
                .toList();
        List<Part> parts =
                all.stream().filter(part -> number(part, call).isPresent()).toList();
        boolean onlyDrafts = call.cut() == null && parts.stream().allMatch(GeminiResponseMapper::isDraft);
        return parts.reversed().stream()
                .filter(part -> onlyDrafts || !isDraft(part))
                .map(part -> new DrawnPicture(
                        call.take(number(part, call).orElseThrow()),
                        claimedMime(part),
                        isDraft(part),
                        call.hasSession() ? reply(part, all) : List.of()))
                .toList();
    }

    /** The texts of an answer and one picture of it, with their signatures; empty if the picture has none. */
    private static List<ReplyPart> reply(Part picture, List<Part> all) {
        if (picture.thoughtSignature().isEmpty() || isDraft(picture)) {
            return List.of();
        }
        return all.stream()
                .filter(part -> part.equals(picture) || (part.text().isPresent() && !isDraft(part)))
                .map(part -> new ReplyPart(
                        part.equals(picture) ? null : part.text().orElseThrow(),
                        part.thoughtSignature()
                                .map(Base64.getEncoder()::encodeToString)
                                .orElse(null)))
                .toList();
    }

    private String claimedMime(Part part) {
        String mime = redactor.redact(part.inlineData().flatMap(Blob::mimeType).orElse(null));
        return mime == null ? "application/octet-stream" : mime;
    }

    /** The number of the part's picture, if it has one with bytes. */
    private static Optional<Integer> number(Part part, GeminiCall call) {
        return part.inlineData()
                .flatMap(Blob::data)
                .map(PictureNumber::fromBytes)
                .filter(call::hasBytes);
    }

    private static boolean isDraft(Part part) {
        return part.thought().orElse(false);
    }

    private static Stream<Part> parts(Candidate candidate) {
        return candidate.content().flatMap(Content::parts).stream().flatMap(List::stream);
    }

    private static String texts(List<Candidate> candidates) {
        return candidates.stream()
                .flatMap(GeminiResponseMapper::parts)
                .filter(part -> !isDraft(part))
                .flatMap(part -> part.text().stream())
                .collect(Collectors.joining(" "));
    }

    private NotDrawn notDrawn(
            GenerateContentResponse answer, FailureKind kind, String reason, @Nullable String words, Usage usage) {
        return new NotDrawn(
                kind,
                Objects.requireNonNullElse(redactor.redact(reason), kind.name()),
                redactor.redact(words),
                null,
                usage,
                responseId(answer),
                null,
                modelVersion(answer));
    }

    private @Nullable String responseId(GenerateContentResponse answer) {
        return redactor.redact(answer.responseId().orElse(null));
    }

    private @Nullable String modelVersion(GenerateContentResponse answer) {
        return redactor.redact(answer.modelVersion().orElse(null));
    }

    /** Tool tokens count as prompt tokens, so that the parts sum up to the total. */
    private static Usage usage(GenerateContentResponseUsageMetadata tokens) {
        return new Usage(
                tokens.promptTokenCount().orElse(0)
                        + tokens.toolUsePromptTokenCount().orElse(0),
                tokens.candidatesTokenCount().orElse(0),
                tokens.thoughtsTokenCount().orElse(0),
                tokens.totalTokenCount().orElse(0),
                tokens.candidatesTokensDetails()
                        .map(GeminiResponseMapper::imageTokens)
                        .orElse(null));
    }

    private static long imageTokens(List<ModalityTokenCount> details) {
        return details.stream()
                .filter(tokens ->
                        tokens.modality().map(Object::toString).orElse("").equals("IMAGE"))
                .mapToLong(tokens -> tokens.tokenCount().orElse(0))
                .sum();
    }
}
