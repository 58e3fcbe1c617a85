package dev.renderfleet.worker.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.renderfleet.contracts.event.FailureCode;
import dev.renderfleet.contracts.job.Routing.Fallback;
import dev.renderfleet.worker.providers.FailureKind.Retry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailureKindTest {

    /** Never more than the kind does: after a failure that is never retried the job ended, unless any model may go on. */
    @ParameterizedTest
    @EnumSource
    void theCodeInTheLedgerAllowsNoMoreThanTheKind(FailureKind kind) {
        FailureCode code = kind.code();
        for (Fallback fallback : Fallback.values()) {
            if (kind.retry() != Retry.NEVER) {
                assertThat(FailureKind.permit(code, fallback) && !kind.permits(fallback))
                        .as("%s", fallback)
                        .isFalse();
                assertThat(FailureKind.isWaitedFor(code)).isEqualTo(kind.retry() == Retry.WAIT);
            }
        }
        assertThat(FailureKind.permit(code, Fallback.ANY)).isTrue();
    }

    @Test
    void aCodeOfNoFailureAllowsNoOtherModel() {
        assertThat(FailureKind.permit(FailureCode.UNRECOGNISED, Fallback.UNBILLED))
                .isFalse();
        assertThat(FailureKind.permit(FailureCode.UNRECOGNISED, Fallback.NONE)).isFalse();
    }
}
