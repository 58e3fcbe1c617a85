package dev.renderfleet.testbed.planted;

import dev.renderfleet.contracts.event.EventParts.Usage;
import dev.renderfleet.worker.providers.DrawRequest;
import dev.renderfleet.worker.providers.FailureKind;
import dev.renderfleet.worker.providers.ImageProvider;
import dev.renderfleet.worker.providers.ModelAnswer;
import dev.renderfleet.worker.providers.ModelAnswer.Drawn;
import dev.renderfleet.worker.providers.ModelAnswer.NotDrawn;
import dev.renderfleet.worker.providers.TaskLog;

/** A model that is called twice, or not at all, or for nothing, for some prompts. */
record FaultyModel(ImageProvider model, PlantedBug bug) implements ImageProvider {

    /** A failure that ends a job at once and costs nothing. */
    private static final NotDrawn FAILURE =
            new NotDrawn(FailureKind.REQUEST_INVALID, "PLANTED", null, null, Usage.NONE, null);

    /** A failure after which a job may go on with another model. */
    private static final NotDrawn FREE_REFUSAL =
            new NotDrawn(FailureKind.MODEL_GONE, "PLANTED", null, null, Usage.NONE, null);

    @Override
    public ModelAnswer draw(DrawRequest request, TaskLog tasks) {
        if (bug.hits(PlantedBug.FAIL_JOB, request.prompt())) {
            return FAILURE;
        }
        if (bug.hits(PlantedBug.CALL_TWICE, request.prompt()) && model.draw(request, tasks) instanceof Drawn wasted) {
            wasted.close();
        }
        ModelAnswer answer = model.draw(request, tasks);
        if (bug.hits(PlantedBug.FORGET_BILL, request.prompt()) && answer instanceof Drawn wasted) {
            wasted.close();
            return FREE_REFUSAL;
        }
        return answer;
    }
}
