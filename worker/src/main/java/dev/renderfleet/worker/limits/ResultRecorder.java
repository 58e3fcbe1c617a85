package dev.renderfleet.worker.limits;

import dev.renderfleet.worker.providers.FailureKind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a call's result says about its model. The first result of a call counts, later ones are ignored. */
public interface ResultRecorder {

    /** Of a resumed call: it says nothing about the model's state today. */
    ResultRecorder NONE = new ResultRecorder() {
        @Override
        public void answered() {}

        @Override
        public void refused(FailureKind kind, @Nullable Duration retryAfter) {}

        @Override
        public void resultRefused(String reason) {}
    };

    /** Records a valid picture. */
    void answered();

    /**
     * Records a call without a picture, of any kind. {@link ModelHold} decides whether the kind begins a hold.
     *
     * @param retryAfter the provider's Retry-After; null if absent
     */
    void refused(FailureKind kind, @Nullable Duration retryAfter);

    /**
     * Records a paid answer with nothing valid in it. The same reason {@value ResultRefusals#SAME_MAX} times in a row holds the model.
     *
     * @param reason a name, not a sentence
     */
    void resultRefused(String reason);
}
