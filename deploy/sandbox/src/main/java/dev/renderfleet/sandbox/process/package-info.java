/**
 * What a process needs to start quickly and to end cleanly: its JVM's options, its ports, its data folder, and shells that clean up after a kill -9. May touch the operating system and nothing of the other packages.
 */
@NullMarked
package dev.renderfleet.sandbox.process;

import org.jspecify.annotations.NullMarked;
