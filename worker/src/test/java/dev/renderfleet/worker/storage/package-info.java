@NullMarked
package dev.renderfleet.worker.storage;

import org.jspecify.annotations.NullMarked;
