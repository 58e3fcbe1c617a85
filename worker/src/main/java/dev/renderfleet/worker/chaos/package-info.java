/** Where the fault harness reaches into a worker: named points to die at, and bugs to plant. Knows nothing of the worker. */
@NullMarked
package dev.renderfleet.worker.chaos;

import org.jspecify.annotations.NullMarked;
