/** Fetches reference pictures into the spool, with checks of access, address and size. Depends on storage and pictures. */
@NullMarked
package dev.renderfleet.worker.references;

import org.jspecify.annotations.NullMarked;
