/**
 * Alibaba's Model Studio (DashScope) for Qwen-Image and Wan, simulated: calls that wait, tasks that are polled, and signed result addresses. May touch what the simulators share and the http and pictures packages; the simulator's state is the only thing that tests steer.
 */
@NullMarked
package dev.renderfleet.sandbox.simulators.dashscope;

import org.jspecify.annotations.NullMarked;
