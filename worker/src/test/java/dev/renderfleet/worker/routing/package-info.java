@NullMarked
package dev.renderfleet.worker.routing;

import org.jspecify.annotations.NullMarked;
