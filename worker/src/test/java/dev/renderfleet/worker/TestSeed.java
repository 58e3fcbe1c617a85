package dev.renderfleet.worker;

import java.util.Random;

/** Seeds of random tests. A failure names its seed; {@code -Dtest.seed=N} repeats it. */
public final class TestSeed {

    private TestSeed() {}

    /** The seed that was set, else another one each time. */
    public static long next() {
        return Long.getLong("test.seed", new Random().nextLong());
    }
}
