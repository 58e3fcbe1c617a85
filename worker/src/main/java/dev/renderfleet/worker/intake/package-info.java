/**
 * Consumes {@code render.jobs}: the consumer's thread, the window, the SmallRye channel {@code jobs} and one virtual thread per job. The
 * only package that consumes jobs.
 */
@NullMarked
package dev.renderfleet.worker.intake;

import org.jspecify.annotations.NullMarked;
