package dev.renderfleet.worker.providers.proof;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.pictures.ProcessorPool;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.pictures.SpoolFile;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.DrawnPicture;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.TaskLog;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Draws a proof sheet of the request locally and free of charge, for dry runs without an API key. Deterministic on all machines;
 * needs neither a display nor installed fonts. Safe for use by many threads.
 */
public final class ProofImageModel implements ImageProvider {

    /** Changes whenever the same request gives another sheet. */
    private static final String VERSION = "proof-2";

    private final Spool spool;
    private final PixelSizes sizes;
    private final Semaphore drawing;

    /** @param sheetsAtOnce sheets drawn concurrently; each takes a processor and a few megabytes */
    public ProofImageModel(Spool spool, PixelSizes sizes, int sheetsAtOnce) {
        this.spool = spool;
        this.sizes = sizes;
        this.drawing = new Semaphore(sheetsAtOnce, true);
    }

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        try {
            drawing.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return notDrawn(FailureKind.NOT_SENT, "INTERRUPTED", null);
        }
        try {
            return ProcessorPool.run(() -> drawn(request));
        } catch (UncheckedIOException | IOException e) {
            spool.failed();
            return notDrawn(FailureKind.NOT_SENT, "SPOOL_FAILED", "the sheet could not be written to the spool");
        } finally {
            drawing.release();
        }
    }

    private Drawn drawn(DrawRequest request) throws IOException {
        Sheet sheet = ProofSheet.of(
                request,
                sizes.of(request.output().aspectRatio(), request.output().size()));
        SpoolFile file = spool.newFile();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file.path()), 1 << 16)) {
            sheet.writePng(out);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return new Drawn(
                List.of(new DrawnPicture(file, "image/png", false, List.of(), SheetFacts.remark(request))),
                Usage.NONE,
                VERSION,
                null);
    }

    private static NotDrawn notDrawn(FailureKind kind, String reason, @Nullable String detail) {
        return new NotDrawn(kind, reason, detail, null, Usage.NONE, null);
    }
}
