package dev.renderfleet.sandbox.simulators.dashscope;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpExchange;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Style;
import dev.renderfleet.sandbox.simulators.Digests;
import dev.renderfleet.sandbox.simulators.ResponseDelivery;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.WireFault;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The outputs of calls, and the downloads of their pictures from signed addresses. Safe for use by several threads. */
final class DashScopeResults {
    static final String PATH = "/oss/";

    /** How long a picture can be fetched after the answer that named it, whatever the time scale. */
    static final Duration LINK_LIFE = Duration.ofHours(24);

    private static final Pattern FILE = Pattern.compile(Pattern.quote(PATH) + "([0-9a-f-]{36})/(\\d{1,2})\\.png");
    private static final int RESULTS_MAX = 50_000;

    private final SequencedMap<String, Result> results = new LinkedHashMap<>();
    private final SimulatedPictures pictures;
    private final InstantSource clock;

    DashScopeResults(SimulatedPictures pictures, InstantSource clock) {
        this.pictures = pictures;
        this.clock = clock;
    }

    /** The pictures of one call. Guarded by the map. */
    private static final class Result {
        private final DashScopeCall call;
        private final DashScopePlan plan;
        /** Memory that the JVM may take back: then the picture is drawn without them. */
        private final SoftReference<List<byte[]>> references;

        private int links;

        Result(DashScopeCall call, DashScopePlan plan, List<byte[]> files) {
            this.call = call;
            this.plan = plan;
            this.references = new SoftReference<>(files);
        }
    }

    /** Keeps what decides the pictures, and returns the result's id. */
    String add(DashScopeCall call, DashScopePlan plan, List<byte[]> files) {
        String id = UUID.randomUUID().toString();
        synchronized (results) {
            results.put(id, new Result(call, plan, files));
            if (results.size() > RESULTS_MAX) {
                results.pollFirstEntry();
            }
        }
        return id;
    }

    /** Writes output and usage of a call that succeeded. */
    void write(String id, String base, ObjectNode body) {
        Result result;
        synchronized (results) {
            result = Objects.requireNonNull(results.get(id), id);
        }
        DashScopeCall call = result.call;
        DashScopePlan plan = result.plan;
        int images = plan.images(call.count());
        ObjectNode output = body.withObject("/output");
        if (plan.is("OLD_OUTPUT")) {
            var list = output.putArray("results");
            for (int number = 0; number < images; number++) {
                list.addObject().put("url", link(result, id, number, base));
            }
        } else if (!plan.is("NO_CHOICES")) {
            ObjectNode choice = output.putArray("choices").addObject().put("finish_reason", "stop");
            var content = choice.putObject("message").put("role", "assistant").putArray("content");
            for (int number = 0; number < images; number++) {
                content.addObject().put("image", link(result, id, number, base));
            }
            if (plan.is("TEXT_ONLY")) {
                content.addObject().put("text", "I would rather describe it.");
            }
        }
        usage(result, images, body);
    }

    private static void usage(Result result, int images, ObjectNode body) {
        DashScopeCall call = result.call;
        var wire = result.plan.answer().wire();
        ObjectNode usage = body.putObject("usage");
        if (wire.contains(WireFault.WRONG_TYPES)) {
            usage.put("image_count", "many").put("output_image_count", true);
        } else if (call.model().newUsage() != result.plan.is("OTHER_USAGE")) {
            usage.put("output_width", call.width())
                    .put("output_height", call.height())
                    .put("output_image_count", images)
                    .put("input_image_count", call.references().size());
        } else {
            usage.put("width", call.width()).put("height", call.height()).put("image_count", images);
        }
        if (wire.contains(WireFault.NO_USAGE)) {
            body.remove("usage");
        }
        if (wire.contains(WireFault.NULLS)) {
            body.putNull("code").putNull("message");
        }
        if (wire.contains(WireFault.UNKNOWN_FIELDS)) {
            body.putObject("x_new").put("answer", 42);
        }
    }

    /** The simulator's address as the client sees it. */
    static String base(HttpRequest request) {
        return "http://" + request.header("host").orElse("127.0.0.1") + "/" + DashScopeSimulator.NAME;
    }

    private String link(Result result, String id, int number, String base) {
        DashScopePlan plan = result.plan;
        boolean dead;
        synchronized (results) {
            dead = plan.is("EXPIRED") && ++result.links <= plan.number("EXPIRED", "links", Integer.MAX_VALUE);
        }
        long end = clock.instant().plus(dead ? Duration.ZERO : LINK_LIFE).getEpochSecond();
        String path = PATH + id + "/" + number + ".png";
        String own = "%s%s?Expires=%d&OSSAccessKeyId=simulated&Signature=%s"
                .formatted(base, path, end, signature(path, end));
        return plan.option("RESULT_URL", "url", own);
    }

    private static String signature(String path, long end) {
        return Digests.of(path + "?" + end);
    }

    /** Sends a picture to a client that has its signed address, and no Authorization header. */
    void download(HttpRequest request, HttpExchange exchange) throws IOException, InterruptedException {
        Matcher file = FILE.matcher(request.path());
        long end = Long.parseLong(request.query("Expires").orElse("0"));
        Result result = null;
        if (file.matches()) {
            synchronized (results) {
                result = results.get(file.group(1));
            }
        }
        boolean signed = request.query("Signature").orElse("").equals(signature(request.path(), end));
        if (result == null || !signed || clock.millis() >= end * 1_000) {
            exchange.respond(refusal("AccessDenied", "Request has expired."));
        } else if (request.header("authorization").isPresent()) {
            exchange.respond(refusal("SignatureDoesNotMatch", "Two signatures were sent."));
        } else if (result.plan.is("RESULT_REDIRECT")) {
            String elsewhere = result.plan.option("RESULT_REDIRECT", "url", "http://127.0.0.1:1/result");
            exchange.respond(HttpResponse.text(302, "text/plain", "").withHeader("Location", elsewhere));
        } else {
            Picture picture = draw(result, Integer.parseInt(file.group(2)));
            HttpResponse answer = HttpResponse.of(200, picture.mime(), HttpResponse.bytes(picture.bytes()));
            ResponseDelivery.deliver(answer, result.plan.result().wire(), exchange);
        }
    }

    private static HttpResponse refusal(String code, String message) {
        return HttpResponse.text(
                403,
                "application/xml",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
                        .formatted(code, message));
    }

    private Picture draw(Result result, int number) throws InterruptedException {
        DashScopeCall call = result.call;
        var photos = SimulatedPictures.photos(Objects.requireNonNullElse(result.references.get(), List.of()));
        var order = new PictureRequest(
                call.prompt(),
                call.model().id(),
                "1:1",
                "1K",
                call.width(),
                call.height(),
                call.seed() + number,
                "image/png",
                photos,
                Style.SCENE,
                0);
        return pictures.draw(order, result.plan.imageFaults());
    }
}
