package dev.renderfleet.sandbox.simulators.dashscope;

import com.fasterxml.jackson.databind.JsonNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.ReferenceLoader.Reference;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.util.ArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and checks the body of a call. */
final class DashScopeCallReader {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})\\*(\\d{1,5})");
    private static final Pattern DATA_URL = Pattern.compile("data:(image/(?:png|jpeg|webp|bmp|tiff));base64,");
    private static final int EDGE_DEFAULT = 1024;
    private static final int EDGE_MAX = 2048;
    private static final int SIDES_MAX = 8;
    private static final long SEED_MAX = Integer.MAX_VALUE;
    private static final int REFERENCE_BASE64_MAX = 10 * 1024 * 1024 / 3 * 4 + 4;

    private DashScopeCallReader() {}

    /** Accepted or refused; a refused call is not billed. */
    sealed interface Reading {
        record Accepted(DashScopeCall call) implements Reading {}

        record Refused(HttpResponse error) implements Reading {}
    }

    /** @param seed where the call names none */
    static Reading read(DashScopeService service, byte[] body, long seed) {
        try {
            JsonNode json = SimulatorJson.object(body).orElseThrow(() -> new InvalidCall("Required body invalid"));
            var model = DashScopeModel.find(json.path("model").asText(""));
            return model.isEmpty()
                    ? new Reading.Refused(DashScopeError.MODEL_NOT_FOUND.response())
                    : new Reading.Accepted(check(service, model.get(), json, body, seed));
        } catch (InvalidCall e) {
            return new Reading.Refused(DashScopeError.INVALID_PARAMETER.because(String.valueOf(e.getMessage())));
        }
    }

    private static DashScopeCall check(
            DashScopeService service, DashScopeModel model, JsonNode json, byte[] body, long seed) throws InvalidCall {
        require(model.services().contains(service), "url error, please check url");
        var texts = new ArrayList<String>();
        var references = new ArrayList<Reference>();
        if (service == DashScopeService.TEXT2IMAGE) {
            texts.add(json.at("/input/prompt").asText(""));
        } else {
            JsonNode messages = json.at("/input/messages");
            require(
                    messages.size() == 1
                            && messages.path(0).path("role").asText().equals("user"),
                    "input.messages must be one message of the user");
            for (JsonNode part : messages.path(0).path("content")) {
                if (part.has("text")) {
                    texts.add(part.path("text").asText());
                } else {
                    references.add(reference(part.path("image").asText("")));
                }
            }
        }
        require(texts.size() == 1 && !texts.getFirst().isBlank(), "input must have one text");
        require(references.size() <= model.references(), "the model takes %d images".formatted(model.references()));
        JsonNode parameters = json.path("parameters");
        int count = parameters.path("n").asInt(1);
        require(count >= 1 && count <= model.count(), "n must be from 1 to %d".formatted(model.count()));
        long ownSeed = parameters.path("seed").asLong(seed);
        require(ownSeed >= 0 && ownSeed <= SEED_MAX, "seed must be from 0 to " + SEED_MAX);
        int[] pixels = pixels(model, parameters.path("size"));
        return new DashScopeCall(
                model,
                texts.getFirst(),
                references,
                pixels[0],
                pixels[1],
                count,
                ownSeed,
                Digests.of(model.id(), body));
    }

    private static int[] pixels(DashScopeModel model, JsonNode size) throws InvalidCall {
        if (size.isMissingNode()) {
            return new int[] {EDGE_DEFAULT, EDGE_DEFAULT};
        }
        Matcher edges = SIZE.matcher(size.asText());
        require(edges.matches(), "size must look like 1024*1024");
        int width = Integer.parseInt(edges.group(1));
        int height = Integer.parseInt(edges.group(2));
        long pixels = (long) width * height;
        require(
                pixels >= (long) model.edgeMin() * model.edgeMin() && pixels <= (long) EDGE_MAX * EDGE_MAX,
                "the total pixels of size must be from %1$d*%1$d to 2048*2048".formatted(model.edgeMin()));
        require(
                Math.max(width, height) <= SIDES_MAX * Math.min(width, height),
                "the ratio of size must be from 1:8 to 8:1");
        return new int[] {width, height};
    }

    private static Reference reference(String image) throws InvalidCall {
        if (image.startsWith("http://") || image.startsWith("https://")) {
            return new Reference.Remote("", image);
        }
        Matcher start = DATA_URL.matcher(image.substring(0, Math.min(image.length(), 40)));
        require(start.lookingAt(), "image must be a URL or data:image/...;base64,");
        String base64 = image.substring(start.end());
        require(base64.length() <= REFERENCE_BASE64_MAX, "image must be at most 10 MB");
        return new Reference.Inline(start.group(1), base64);
    }

    private static void require(boolean valid, String problem) throws InvalidCall {
        if (!valid) {
            throw new InvalidCall(problem);
        }
    }

    /** Never leaves this class. */
    private static final class InvalidCall extends Exception {
        InvalidCall(String problem) {
            super(problem);
        }
    }
}
