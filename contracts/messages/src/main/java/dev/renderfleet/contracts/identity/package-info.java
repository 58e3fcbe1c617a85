/** Who a job is: job id, fingerprint and the canonical JSON they rest on. Touches the job package, Jackson and the canonicalisation library only. */
@NullMarked
package dev.renderfleet.contracts.identity;

import org.jspecify.annotations.NullMarked;
