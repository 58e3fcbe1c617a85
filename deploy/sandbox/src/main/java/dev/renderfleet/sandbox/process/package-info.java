/**
 * What a process needs to come and go cleanly: its ports, its data folder, and a reaper that outlives a kill -9. May touch the operating system and nothing of the other packages.
 */
@NullMarked
package dev.renderfleet.sandbox.process;

import org.jspecify.annotations.NullMarked;
