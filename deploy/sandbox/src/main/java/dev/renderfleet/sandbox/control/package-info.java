/**
 * The control API below {@code /__sim}: rules, latency, pictures, quotas and the ledger over HTTP. May touch the gemini and http packages.
 */
@NullMarked
package dev.renderfleet.sandbox.control;

import org.jspecify.annotations.NullMarked;
