package dev.renderfleet.testbed.chaos;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a run's schedulers.
 *
 * @param faultEvery mean time between two kills or pauses of schedulers; zero for none
 * @param databaseRestarts of PostgreSQL, by kills and stops in turn
 * @param bug null: none
 */
record SchedulerPlan(
        Duration faultEvery, int databaseRestarts, @Nullable SchedulerBug bug) {}
