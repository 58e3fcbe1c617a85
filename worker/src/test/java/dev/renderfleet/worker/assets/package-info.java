@NullMarked
package dev.renderfleet.worker.assets;

import org.jspecify.annotations.NullMarked;
