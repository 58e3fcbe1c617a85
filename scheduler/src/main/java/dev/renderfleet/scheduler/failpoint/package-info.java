/** Points at which tests end the process, or a run of it. Touches nothing. */
@NullMarked
package dev.renderfleet.scheduler.failpoint;

import org.jspecify.annotations.NullMarked;
