/** The commands that ask the scheduler, over REST alone. May touch the profile of the package {@code cluster}. */
@NullMarked
package dev.renderfleet.cli.scheduler;

import org.jspecify.annotations.NullMarked;
