@NullMarked
package dev.renderfleet.scheduler.why;

import org.jspecify.annotations.NullMarked;
