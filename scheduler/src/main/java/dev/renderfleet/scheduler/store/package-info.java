/** All SQL, in plain text by JDBI; one class for each feature, each method one transaction. Knows the rules of money and no other package. */
@NullMarked
package dev.renderfleet.scheduler.store;

import org.jspecify.annotations.NullMarked;
