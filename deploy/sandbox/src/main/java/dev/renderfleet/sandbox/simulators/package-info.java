/**
 * What the simulators of all model providers share behind the port {@link dev.renderfleet.sandbox.simulators.ModelSimulator}: rules, quotas, billing ledger, latency, pictures and faults. May touch the http and pictures packages, and no provider's package.
 */
@NullMarked
package dev.renderfleet.sandbox.simulators;

import org.jspecify.annotations.NullMarked;
