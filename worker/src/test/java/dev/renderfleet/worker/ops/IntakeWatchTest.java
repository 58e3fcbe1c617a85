package dev.renderfleet.worker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IntakeWatchTest {

    @Test
    void aFaultIsNamedAndSuspendsTheIntakeUntilItIsRepaired() {
        var fault = new AtomicReference<@Nullable String>();
        List<Boolean> suspended = new ArrayList<>();
        var watch = new IntakeWatch(fault::get, suspended::add);

        watch.check();
        assertThat(watch.fault()).isNull();
        fault.set("cannot write to /spool");
        watch.check();
        assertThat(watch.fault()).isEqualTo("cannot write to /spool");
        fault.set(null);
        watch.check();

        assertThat(watch.fault()).isNull();
        assertThat(suspended).containsExactly(false, true, false);
    }
}
