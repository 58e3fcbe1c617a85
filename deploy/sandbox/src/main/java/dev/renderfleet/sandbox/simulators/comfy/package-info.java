/**
 * A ComfyUI server with one GPU, simulated: workflows that wait in a queue in memory, a history, uploads and saved files. May touch what
 * the simulators share and the http and pictures packages; the simulator's state is the only thing that tests steer.
 */
@NullMarked
package dev.renderfleet.sandbox.simulators.comfy;

import org.jspecify.annotations.NullMarked;
