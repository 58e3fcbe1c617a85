/** Reference pictures: fetched, guarded against foreign and private addresses, measured, spooled. Depends on assets and pictures. */
@NullMarked
package dev.renderfleet.worker.references;

import org.jspecify.annotations.NullMarked;
