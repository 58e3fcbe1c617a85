package dev.renderfleet.worker.providers.gemini;

import com.google.genai.types.Blob;
import com.google.genai.types.Content;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GoogleSearch;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.ImageConfig;
import com.google.genai.types.ImageSearch;
import com.google.genai.types.Part;
import com.google.genai.types.SearchTypes;
import com.google.genai.types.ThinkingConfig;
import com.google.genai.types.Tool;
import com.google.genai.types.WebSearch;
import dev.renderfleet.contracts.job.Grounding;
import dev.renderfleet.contracts.job.ReferenceRole;
import dev.renderfleet.contracts.job.ThinkingLevel;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.DrawRequest.ReferencePicture;
import dev.renderfleet.worker.providers.ReplyPart;
import dev.renderfleet.worker.providers.Turn;
import dev.renderfleet.worker.providers.wire.ImagePrompt;
import dev.renderfleet.worker.providers.wire.StreamedJson;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Maps a {@link DrawRequest} to the SDK's types, with placeholders for pictures, see {@link StreamedJson}. */
final class GeminiRequest {

    private GeminiRequest() {}

    /** All pictures, in the order of {@link #contents}. */
    static List<ReferencePicture> pictures(DrawRequest request) {
        List<ReferencePicture> pictures = new ArrayList<>();
        for (Turn turn : request.earlier()) {
            pictures.addAll(turn.references());
            pictures.add(turn.picture());
        }
        pictures.addAll(request.references());
        return pictures;
    }

    /** The earlier turns as they were, with the signatures of the model's parts, then the new one. */
    static List<Content> contents(GeminiCall call) {
        DrawRequest request = call.request();
        var placeholders =
                IntStream.iterate(0, i -> i + 1).mapToObj(call::placeholder).iterator();
        List<Content> contents = new ArrayList<>();
        for (Turn turn : request.earlier()) {
            contents.add(asked(turn.references(), turn.prompt(), turn.locale(), placeholders));
            contents.add(replied(turn, placeholders));
        }
        contents.add(asked(request.references(), request.prompt(), request.locale(), placeholders));
        return contents;
    }

    /** Each reference after a sentence that names its role, then the prompt, as in Google's examples. */
    private static Content asked(
            List<ReferencePicture> references, String prompt, @Nullable String locale, Iterator<byte[]> placeholders) {
        List<Part> parts = new ArrayList<>();
        for (ReferencePicture reference : references) {
            parts.add(Part.fromText(introduction(reference.role())));
            parts.add(picture(reference, placeholders).build());
        }
        parts.add(Part.fromText(prompt + ImagePrompt.localeSentence(locale)));
        return Content.builder().role("user").parts(parts).build();
    }

    private static Content replied(Turn turn, Iterator<byte[]> placeholders) {
        List<Part> parts = new ArrayList<>();
        for (ReplyPart reply : turn.reply()) {
            Part.Builder part = reply.text() == null
                    ? picture(turn.picture(), placeholders)
                    : Part.builder().text(reply.text());
            if (reply.signature() != null) {
                part.thoughtSignature(Base64.getDecoder().decode(reply.signature()));
            }
            parts.add(part.build());
        }
        return Content.builder().role("model").parts(parts).build();
    }

    private static Part.Builder picture(ReferencePicture picture, Iterator<byte[]> placeholders) {
        return Part.builder().inlineData(Blob.builder().mimeType(picture.mime()).data(placeholders.next()));
    }

    static GenerateContentConfig config(DrawRequest request) {
        var image = ImageConfig.builder().imageSize(request.output().size().wireName());
        if (request.output().aspectRatio() != null) {
            image.aspectRatio(request.output().aspectRatio());
        }
        Grounding grounding = request.grounding();
        boolean grounded = grounding != null && (grounding.webSearch() || grounding.imageSearch());
        var config = GenerateContentConfig.builder()
                // With only IMAGE, grounded models draw nothing; with TEXT, others may answer without a picture.
                .responseModalities(grounded ? List.of("TEXT", "IMAGE") : List.of("IMAGE"))
                .imageConfig(image)
                .httpOptions(HttpOptions.builder().timeout((int)
                        Math.min(Integer.MAX_VALUE, request.timeout().toMillis())));
        if (request.thinking() != null) {
            config.thinkingConfig(ThinkingConfig.builder().thinkingLevel(wireName(request.thinking())));
        }
        if (grounding != null && grounded) {
            config.tools(Tool.builder().googleSearch(search(grounding)).build());
        }
        if (request.seed() != null) {
            config.seed(seed(request.seed()));
        }
        return config.build();
    }

    /** The API takes 32 bits: smaller seeds pass unchanged, larger ones are hashed deterministically. */
    static int seed(long seed) {
        return seed == (int) seed ? (int) seed : Long.hashCode(seed);
    }

    private static GoogleSearch search(Grounding grounding) {
        if (!grounding.imageSearch()) {
            // Models without image search refuse searchTypes; web search is what an empty search means.
            return GoogleSearch.builder().build();
        }
        var types = SearchTypes.builder().imageSearch(ImageSearch.builder());
        if (grounding.webSearch()) {
            types.webSearch(WebSearch.builder());
        }
        return GoogleSearch.builder().searchTypes(types).build();
    }

    private static String introduction(@Nullable ReferenceRole role) {
        return switch (role) {
            case null -> "The image to edit:";
            case PRODUCT -> "The product, to be shown exactly as it is:";
            case STYLE -> "The style to follow, not its content:";
            case CHARACTER -> "The character, to be recognisable:";
            case BACKGROUND -> "The background to use:";
            case MASK -> "The mask; change only what is white in it:";
        };
    }

    private static String wireName(ThinkingLevel level) {
        return switch (level) {
            case MINIMAL -> "MINIMAL";
            case MEDIUM -> "MEDIUM";
            case HIGH -> "HIGH";
        };
    }
}
