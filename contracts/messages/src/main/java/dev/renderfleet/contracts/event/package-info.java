/** What a pipeline reads: the four outcomes of a job as sealed records. Depends on the JDK only. */
@NullMarked
package dev.renderfleet.contracts.event;

import org.jspecify.annotations.NullMarked;
