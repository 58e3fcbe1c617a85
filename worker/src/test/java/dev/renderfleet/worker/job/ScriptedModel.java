package dev.renderfleet.worker.job;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.SettableClock;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * A model with scripted answers, one for each call, the last one repeated; without a script it returns a valid picture. Each call
 * takes {@link #CALL} by the test's clock and is recorded. Safe for use by many threads.
 */
final class ScriptedModel implements ImageProvider {

    static final Duration CALL = Duration.ofSeconds(7);

    /** Tokens of each answer, with or without a picture. */
    static final Usage USAGE = new Usage(10, 1_290, 100, 1_400);

    static final byte[] PICTURE = png(1024, 1024, new GradientPaint(0, 0, Color.ORANGE, 1024, 1024, Color.BLUE));
    static final byte[] BLANK = png(1024, 1024, Color.GRAY);
    static final byte[] TRUNCATED = Arrays.copyOf(PICTURE, PICTURE.length / 2);

    /** Behaviour of one call. */
    @FunctionalInterface
    interface Step {
        ModelAnswer answer(DrawRequest request);
    }

    /** A recorded call, with the content of its references at that time. */
    @SuppressWarnings("ArrayRecordComponent") // Looked at, never compared.
    record Call(DrawRequest request, List<byte[]> references) {}

    private final Spool spool;
    private final SettableClock clock;
    private final Queue<Step> script = new ConcurrentLinkedQueue<>();
    private final List<Call> calls = new ArrayList<>();

    ScriptedModel(Spool spool, SettableClock clock) {
        this.spool = spool;
        this.clock = clock;
    }

    /** Adds to the script. */
    @SuppressWarnings("OverloadMethodsDeclarationOrder")
    ScriptedModel then(Step step) {
        script.add(step);
        return this;
    }

    ScriptedModel then(FailureKind kind, @Nullable Duration retryAfter) {
        return then(_ -> notDrawn(kind, retryAfter));
    }

    ScriptedModel thenDraws(byte[]... contents) {
        return then(_ -> drawn(contents));
    }

    synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        note(request);
        return next(request);
    }

    /** The script's next answer, after the time of a call. */
    ModelAnswer next(DrawRequest request) {
        clock.advance(CALL);
        Step step = script.size() > 1 ? script.remove() : script.peek();
        return step == null ? drawn(PICTURE) : step.answer(request);
    }

    static NotDrawn notDrawn(FailureKind kind, @Nullable Duration retryAfter) {
        return new NotDrawn(kind, "SCRIPTED", "as told", retryAfter, USAGE, "answer-1");
    }

    /** An answer with these pictures, the preferred one first. */
    Drawn drawn(byte[]... contents) {
        List<DrawnPicture> pictures = Arrays.stream(contents).map(this::picture).toList();
        return new Drawn(pictures, USAGE, "nano-banana-2.1-001", "answer-1");
    }

    /** A valid picture of another model. */
    ScriptedModel thenAnswersAs(String modelVersion) {
        return then(_ -> new Drawn(List.of(picture(PICTURE)), USAGE, modelVersion, "answer-1"));
    }

    private DrawnPicture picture(byte[] content) {
        SpoolFile file = spool.newFile();
        try {
            Files.write(file.path(), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DrawnPicture(file, "image/png", false);
    }

    private synchronized void note(DrawRequest request) {
        calls.add(new Call(
                request,
                request.references().stream()
                        .map(reference -> {
                            try {
                                return Files.readAllBytes(reference.file());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        })
                        .toList()));
    }

    static byte[] png(int width, int height, java.awt.Paint paint) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        var graphics = image.createGraphics();
        graphics.setPaint(paint);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
