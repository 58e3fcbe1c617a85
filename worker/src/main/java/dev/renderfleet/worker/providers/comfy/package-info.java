/**
 * Workflows on ComfyUI servers of one's own: a template gets the job's values, and runs as a task that this worker names. May touch the
 * port, the spool and {@code wire}, and no other provider.
 */
@NullMarked
package dev.renderfleet.worker.providers.comfy;

import org.jspecify.annotations.NullMarked;
