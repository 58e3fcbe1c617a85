/** Pictures as files: the spool they flow through and the check that they are what was asked for. Knows no provider and no store. */
@NullMarked
package dev.renderfleet.worker.pictures;

import org.jspecify.annotations.NullMarked;
