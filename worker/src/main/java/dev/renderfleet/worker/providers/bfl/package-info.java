/**
 * FLUX models by the API of Black Forest Labs: one submission becomes a task, which is polled until its result can be downloaded. May
 * touch the port, the spool and {@code wire}, and no other provider.
 */
@NullMarked
package dev.renderfleet.worker.providers.bfl;

import org.jspecify.annotations.NullMarked;
