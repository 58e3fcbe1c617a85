/** All SQL, in plain text by JDBI; one class for each feature, each method one transaction. Knows the records of money and queue, and no other package. */
@NullMarked
package dev.renderfleet.scheduler.store;

import org.jspecify.annotations.NullMarked;
