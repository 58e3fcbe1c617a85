@NullMarked
package dev.renderfleet.worker.references;

import org.jspecify.annotations.NullMarked;
