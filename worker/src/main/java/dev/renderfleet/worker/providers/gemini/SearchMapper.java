package dev.renderfleet.worker.providers.gemini;

import com.google.genai.types.Candidate;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GroundingChunk;
import com.google.genai.types.GroundingMetadata;
import dev.renderfleet.contracts.event.EventParts.SearchResults;
import dev.renderfleet.contracts.event.EventParts.SearchSource;
import dev.renderfleet.worker.providers.wire.Redactor;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Maps what a model found with Google Search: Google bills each query, and asks to show its suggestions with the picture. */
final class SearchMapper {

    /** A longer address is left out, since a part of it leads nowhere. */
    private static final int URI_CHARS_MAX = 2_048;

    /** Google's suggestions are a few kilobytes; longer ones are left out, since they must be shown unchanged. */
    private static final int HTML_CHARS_MAX = 16_384;

    private final Redactor redactor;

    SearchMapper(Redactor redactor) {
        this.redactor = redactor;
    }

    /** The queries that were sent, for pages and for pictures. */
    static List<String> queries(GenerateContentResponse answer) {
        return metadata(answer)
                .flatMap(found -> Stream.of(found.webSearchQueries(), found.imageSearchQueries()))
                .flatMap(Optional::stream)
                .flatMap(List::stream)
                .toList();
    }

    /** Null if the model searched for nothing. */
    @Nullable
    SearchResults found(GenerateContentResponse answer) {
        List<String> queries = queries(answer).stream()
                .map(redactor::redact)
                .filter(Objects::nonNull)
                .toList();
        List<SearchSource> sources = metadata(answer)
                .flatMap(found -> found.groundingChunks().stream().flatMap(List::stream))
                .flatMap(chunk -> source(chunk).stream())
                .distinct()
                .toList();
        String html = metadata(answer)
                .flatMap(found -> found.searchEntryPoint().stream())
                .flatMap(entry -> entry.renderedContent().stream())
                .filter(content -> content.length() <= HTML_CHARS_MAX && !redactor.isSecretIn(content))
                .findFirst()
                .orElse(null);
        return queries.isEmpty() && sources.isEmpty() && html == null
                ? null
                : new SearchResults(queries, sources, html);
    }

    private Optional<SearchSource> source(GroundingChunk chunk) {
        Optional<String> uri =
                chunk.web().flatMap(web -> web.uri()).or(() -> chunk.image().flatMap(image -> image.sourceUri()));
        Optional<String> title =
                chunk.web().flatMap(web -> web.title()).or(() -> chunk.image().flatMap(image -> image.title()));
        return uri.filter(address -> address.length() <= URI_CHARS_MAX
                        && !redactor.isSecretIn(address)
                        && address.matches("https?://\\P{Cntrl}+"))
                .map(address -> new SearchSource(address, redactor.redact(title.orElse(null))));
    }

    private static Stream<GroundingMetadata> metadata(GenerateContentResponse answer) {
        return answer.candidates().orElse(List.of()).stream()
                .map(Candidate::groundingMetadata)
                .flatMap(Optional::stream);
    }
}
