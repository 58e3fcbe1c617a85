/** Job id, fingerprint and canonical JSON. Depends on the job package, Jackson and the canonicalisation library only. */
@NullMarked
package dev.renderfleet.contracts.identity;

import org.jspecify.annotations.NullMarked;
