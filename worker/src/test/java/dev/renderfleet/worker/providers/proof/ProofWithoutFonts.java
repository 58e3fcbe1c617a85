package dev.renderfleet.worker.providers.proof;

import dev.renderfleet.contracts.job.Output;
import dev.renderfleet.worker.pictures.Spool;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.PixelSizes;
import dev.renderfleet.worker.providers.TaskLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A program of its own, run by {@link TypefaceTest} where no font is installed. Argument: spool folder. */
final class ProofWithoutFonts {

    private ProofWithoutFonts() {}

    public static void main(String[] arguments) {
        var proof = new ProofImageModel(Spool.open(Path.of(arguments[0])), PixelSizes.builtIn(), 1);
        for (String prompt : List.of("A lamp", "שלום, العربية")) {
            var request = new DrawRequest(
                    "proof", prompt, List.of(), Output.DEFAULT, null, null, null, null, Duration.ofMinutes(1), "job/1");
            try (var drawn = (Drawn) proof.draw(request, TaskLog.NONE)) {
                System.out.println(drawn.pictures().getFirst().remark());
            }
        }
    }
}
