@NullMarked
package dev.renderfleet.worker.ledger;

import org.jspecify.annotations.NullMarked;
