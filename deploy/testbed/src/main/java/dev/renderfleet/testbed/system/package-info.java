/** Runs the parts as processes: sandbox, workers, scheduler; knows what is running and ends it. The only package that starts processes. */
@NullMarked
package dev.renderfleet.testbed.system;

import org.jspecify.annotations.NullMarked;
