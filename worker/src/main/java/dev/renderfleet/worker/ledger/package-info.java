/** The state of each job as a small object in the bucket, updated by conditional puts. Depends on the object store's port only. */
@NullMarked
package dev.renderfleet.worker.ledger;

import org.jspecify.annotations.NullMarked;
