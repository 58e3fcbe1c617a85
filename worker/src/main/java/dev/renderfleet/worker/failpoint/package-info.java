/** Named points of a job's life at which tests kill a worker. Knows nothing of the worker. */
@NullMarked
package dev.renderfleet.worker.failpoint;

import org.jspecify.annotations.NullMarked;
