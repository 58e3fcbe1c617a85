/**
 * The control API below {@code /__sim}: rules, latency, pictures, quotas, the ledger and S3 faults over HTTP. May touch the gemini, s3 and http packages.
 */
@NullMarked
package dev.renderfleet.sandbox.control;

import org.jspecify.annotations.NullMarked;
