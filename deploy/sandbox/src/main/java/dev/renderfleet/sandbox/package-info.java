/**
 * The outside world of Renderfleet in one process ({@link dev.renderfleet.sandbox.Sandbox}), and the thin client that tests and the fleet command
 * start and steer it with. The client classes ({@code SandboxProcess}, {@code SandboxEndpoints}, {@code SandboxControl}, {@code SimulatorControl})
 * touch the JDK and Jackson only, because their users leave out every other dependency; only {@code SandboxServices} wires the rest.
 */
@NullMarked
package dev.renderfleet.sandbox;

import org.jspecify.annotations.NullMarked;
