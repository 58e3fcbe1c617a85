/**
 * The control API below {@code /__sim}: rules, latency, pictures, quotas and ledger of each simulator by its name, S3 faults and the broker over HTTP. May touch the simulators (by their port), s3 and http packages.
 */
@NullMarked
package dev.renderfleet.sandbox.control;

import org.jspecify.annotations.NullMarked;
