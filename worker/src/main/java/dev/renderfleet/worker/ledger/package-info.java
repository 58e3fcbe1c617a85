/** What is known of each job, kept beside the results and moved on by conditional puts. Knows the object store's port only. */
@NullMarked
package dev.renderfleet.worker.ledger;

import org.jspecify.annotations.NullMarked;
