package dev.renderfleet.sandbox.simulators.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.pictures.Picture;
import dev.renderfleet.sandbox.pictures.PictureRequest;
import dev.renderfleet.sandbox.pictures.PictureRequest.Photo;
import dev.renderfleet.sandbox.simulators.ImageFault;
import dev.renderfleet.sandbox.simulators.JsonWithPictures;
import dev.renderfleet.sandbox.simulators.SimulatedPictures;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import dev.renderfleet.sandbox.simulators.WireFault;
import dev.renderfleet.sandbox.simulators.openai.ImagesCall.Canvas;
import dev.renderfleet.sandbox.simulators.openai.ImagesPlan.Outcome;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Draws the pictures of a call and writes the answer: base64 in JSON, the file itself, or addresses at which the files are kept. */
final class ImagesAnswers {
    static final String KEPT = "/generated-images/";

    private static final String JSON = "application/json";
    private static final Set<ImageFault> OF_BASE64 = EnumSet.of(
            ImageFault.TRUNCATED_BASE64, ImageFault.URL_SAFE_BASE64, ImageFault.UNPADDED_BASE64, ImageFault.DATA_URL);

    private final ImagesProfile profile;
    private final SimulatedPictures pictures;
    private final long seed;
    private final InstantSource clock;
    private final Map<String, Picture> kept = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    ImagesAnswers(ImagesProfile profile, SimulatedPictures pictures, long seed, InstantSource clock) {
        this.profile = profile;
        this.pictures = pictures;
        this.seed = seed;
        this.clock = clock;
    }

    /** The file at a path; each is there once. */
    Optional<HttpResponse> kept(String path) {
        return Optional.ofNullable(kept.remove(path)).map(ImagesAnswers::file);
    }

    private static HttpResponse file(Picture picture) {
        return HttpResponse.of(200, picture.mime(), HttpResponse.bytes(picture.bytes()));
    }

    HttpResponse drawn(ImagesCall call, List<Photo> photos, ImagesPlan plan) throws InterruptedException {
        var drawn = new ArrayList<Picture>();
        String form = call.delivery().form();
        var faults = EnumSet.noneOf(ImageFault.class);
        faults.addAll(plan.faults().image());
        if (!form.equals("b64_json")) {
            faults.removeAll(OF_BASE64);
        }
        for (int number = 0; number < plan.pictures(); number++) {
            drawn.add(pictures.draw(order(call, photos, number), faults));
        }
        if (form.equals("file")
                && plan.outcome() == Outcome.DRAWN
                && plan.address().isEmpty()) {
            return file(drawn.getFirst());
        }
        ObjectNode answer = answer(call, plan, drawn);
        boolean inJson = address(call, plan).isEmpty() && plan.outcome() != Outcome.NO_DATA;
        return HttpResponse.of(200, JSON, JsonWithPictures.of(SimulatorJson.write(answer), inJson ? drawn : List.of()));
    }

    private static Optional<String> address(ImagesCall call, ImagesPlan plan) {
        return plan.address().or(() -> call.delivery().form().equals("url") ? Optional.of("") : Optional.empty());
    }

    /** Keeps the picture. */
    private String keep(Picture picture) {
        String path = KEPT + numbers.incrementAndGet() + ".png";
        kept.put(path, picture);
        return "/" + profile.simulator() + path;
    }

    private ObjectNode answer(ImagesCall call, ImagesPlan plan, List<Picture> drawn) {
        Canvas canvas = call.canvas();
        ObjectNode answer = SimulatorJson.newObject()
                .put("created", clock.instant().getEpochSecond())
                .put("output_format", canvas.format())
                .put("size", "%dx%d".formatted(canvas.width(), canvas.height()));
        if (!profile.isOwnServer()) {
            answer.put("background", canvas.transparent() ? "transparent" : "opaque")
                    .put("quality", call.quality());
        }
        Set<WireFault> faults = plan.faults().wire();
        if (plan.outcome() != Outcome.NO_DATA) {
            ArrayNode data = answer.putArray("data");
            for (int number = 0; number < drawn.size(); number++) {
                ObjectNode item = data.addObject();
                Optional<String> address = address(call, plan);
                if (address.isPresent()) {
                    item.put("url", address.get().isEmpty() ? keep(drawn.get(number)) : address.get());
                } else {
                    item.put("b64_json", JsonWithPictures.place(number));
                }
                if (faults.contains(WireFault.NULLS)) {
                    item.putNull(item.has("url") ? "b64_json" : "url").putNull("revised_prompt");
                }
            }
        }
        if (!faults.contains(WireFault.NO_USAGE) && !profile.isOwnServer()) {
            answer.set("usage", call.usage(plan.pictures()).toJson());
        }
        if (faults.contains(WireFault.WRONG_TYPES)) {
            answer.put("created", "soon").put("usage", "").putObject("size");
        }
        if (faults.contains(WireFault.NULLS)) {
            answer.putNull("svg_usage").putNull("safety_identifier").putNull("error");
        }
        if (faults.contains(WireFault.UNKNOWN_FIELDS)) {
            answer.put("field_of_the_future", "soon").putObject("another_one").put("depth", 2);
        }
        return answer;
    }

    private PictureRequest order(ImagesCall call, List<Photo> photos, int number) {
        Canvas canvas = call.canvas();
        return new PictureRequest(
                call.prompt(),
                call.model().id(),
                "%d:%d".formatted(canvas.width(), canvas.height()),
                call.quality(),
                canvas.width(),
                canvas.height(),
                call.delivery().seed().orElse(seed) + number,
                canvas.mime(),
                photos,
                canvas.style(),
                0);
    }
}
