/**
 * Black Forest Labs' API for FLUX, simulated: tasks that are submitted and polled, and signed result URLs. May touch what the simulators share and the http and pictures packages; the simulator's state is the only thing that tests steer.
 */
@NullMarked
package dev.renderfleet.sandbox.simulators.bfl;

import org.jspecify.annotations.NullMarked;
