@NullMarked
package dev.renderfleet.scheduler.queue;

import org.jspecify.annotations.NullMarked;
