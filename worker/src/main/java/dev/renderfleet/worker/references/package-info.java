/** Fetches reference pictures into the spool within bounds of host and model, and checks them. Depends on storage and pictures. */
@NullMarked
package dev.renderfleet.worker.references;

import org.jspecify.annotations.NullMarked;
