package dev.renderfleet.testbed.demo;

import dev.renderfleet.cli.cluster.Bucket;
import dev.renderfleet.contracts.event.EventParts.Image;
import dev.renderfleet.contracts.event.RenderCanceled;
import dev.renderfleet.contracts.event.RenderCompleted;
import dev.renderfleet.contracts.event.RenderEvent;
import dev.renderfleet.contracts.event.RenderFailed;
import dev.renderfleet.contracts.event.RenderRejected;
import dev.renderfleet.testbed.audit.PictureInspector;
import dev.renderfleet.testbed.demo.SampleCatalogue.Item;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one job of the demo.
 *
 * @param good whether it completed and the stored object matches the event
 * @param model the model used; a dash if none
 * @param reason of its choice, or of the failure
 * @param usdMicros what it cost
 * @param note the object's key, or the reason of the failure
 * @param file the image beside the contact sheet; null if none
 */
record DemoOutcome(
        Item item,
        boolean good,
        String model,
        String reason,
        double seconds,
        long usdMicros,
        String note,
        @Nullable Path file) {

    private static final double MILLIS_PER_SECOND = 1000.0;

    /** Reads the event. For a completed job, fetches and verifies the image and writes it into the folder. */
    static DemoOutcome of(Item item, @Nullable RenderEvent event, Bucket bucket, Path folder) {
        return switch (event) {
            case null -> bad(item, "no outcome arrived", 0);
            case RenderCompleted completed -> completed(item, completed, bucket, folder);
            case RenderFailed failed ->
                bad(
                        item,
                        failed.code().wireName() + ": " + failed.message(),
                        failed.cost().usdMicros());
            case RenderRejected rejected ->
                bad(item, rejected.code().wireName() + ": " + rejected.field() + ": " + rejected.message(), 0);
            case RenderCanceled canceled ->
                bad(item, "canceled: " + canceled.message(), canceled.cost().usdMicros());
        };
    }

    private static DemoOutcome completed(Item item, RenderCompleted event, Bucket bucket, Path folder) {
        Image image = event.images().getFirst();
        byte[] content = bucket.get(image.key());
        String fault = PictureInspector.fault(image, content).orElse(null);
        String extension =
                image.mime().equals("image/jpeg") ? ".jpg" : "." + image.mime().replace("image/", "");
        Path file = folder.resolve(item.name() + extension);
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DemoOutcome(
                item,
                fault == null,
                event.model().used(),
                event.edit() == null
                        ? event.model().reason()
                        : event.model().reason() + "; edits the image before, by "
                                + event.edit().by(),
                event.latency().model() / MILLIS_PER_SECOND,
                event.cost().usdMicros(),
                fault == null ? image.key() : image.key() + " is damaged: " + fault,
                file);
    }

    private static DemoOutcome bad(Item item, String why, long usdMicros) {
        return new DemoOutcome(item, false, "-", why, 0, usdMicros, why, null);
    }

    /** The cost in US dollars, with four decimals. */
    String usd() {
        return String.format(Locale.ROOT, "%.4f", usdMicros / 1e6);
    }
}
