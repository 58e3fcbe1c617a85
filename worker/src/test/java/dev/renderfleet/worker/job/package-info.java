@NullMarked
package dev.renderfleet.worker.job;

import org.jspecify.annotations.NullMarked;
