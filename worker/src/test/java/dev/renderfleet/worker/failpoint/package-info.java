@NullMarked
package dev.renderfleet.worker.failpoint;

import org.jspecify.annotations.NullMarked;
