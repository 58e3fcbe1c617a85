/**
 * What the calls of a job send: its references, the image of its parent, and the session in which that was drawn. Depends on the ledger,
 * references, storage and the port of providers.
 */
@NullMarked
package dev.renderfleet.worker.inputs;

import org.jspecify.annotations.NullMarked;
