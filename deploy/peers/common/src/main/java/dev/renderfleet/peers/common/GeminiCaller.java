package dev.renderfleet.peers.common;

import com.google.genai.Client;
import com.google.genai.errors.ClientException;
import com.google.genai.types.Blob;
import com.google.genai.types.Candidate;
import com.google.genai.types.Content;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.ImageConfig;
import com.google.genai.types.Part;
import dev.renderfleet.contracts.job.RenderJob;
import java.util.List;
import java.util.stream.Stream;

/** Calls Gemini through google-genai. Safe for use by many threads. */
public final class GeminiCaller {

    private static final String MODEL_DEFAULT = "gemini-nano-banana-2.1";
    private static final String ALIAS = "nano-banana";
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int REQUEST_TIMEOUT = 408;

    private final Client client;

    public GeminiCaller(PeerSettings settings) {
        // The SDK's own retry (5 tries for 408, 429 and 5xx, with backoff) stays: it is on by default, and good for
        // most uses.
        this.client = Client.builder()
                .apiKey(settings.geminiKey())
                .vertexAI(false)
                .httpOptions(HttpOptions.builder()
                        .baseUrl(settings.geminiUrl())
                        .timeout((int) settings.modelTimeout().toMillis())
                        .build())
                .build();
    }

    /** A picture as the provider sent it. */
    @SuppressWarnings("ArrayRecordComponent") // Pictures are never compared.
    public record Drawn(String model, byte[] bytes, String mime) {}

    /** Draws. Throws {@link NoPictureException} where the provider has decided, anything else where it may be tried again. */
    public Drawn draw(RenderJob job) {
        if (!job.references().isEmpty()) {
            throw new NoPictureException("this worker draws without references");
        }
        String model = job.model() == null || job.model().equals(ALIAS) ? MODEL_DEFAULT : job.model();
        GenerateContentResponse answer;
        try {
            answer = client.models.generateContent(model, job.prompt().resolved(), config(job));
        } catch (ClientException e) {
            if (e.code() == TOO_MANY_REQUESTS || e.code() == REQUEST_TIMEOUT) {
                throw e;
            }
            throw new NoPictureException(e.code() + " " + e.status());
        }
        Blob picture = answer.candidates().orElse(List.of()).stream()
                .flatMap(GeminiCaller::parts)
                .flatMap(part -> part.inlineData().stream())
                .findFirst()
                .orElseThrow(() -> new NoPictureException("an answer without a picture"));
        return new Drawn(
                model,
                picture.data().orElseThrow(() -> new IllegalStateException("a picture without bytes")),
                picture.mimeType().orElse("image/png"));
    }

    private static Stream<Part> parts(Candidate candidate) {
        return candidate.content().flatMap(Content::parts).orElse(List.of()).stream();
    }

    private static GenerateContentConfig config(RenderJob job) {
        var image = ImageConfig.builder().imageSize(job.output().size().wireName());
        String ratio = job.output().aspectRatio();
        if (ratio != null) {
            image.aspectRatio(ratio);
        }
        return GenerateContentConfig.builder()
                .responseModalities("IMAGE")
                .imageConfig(image)
                .build();
    }
}
