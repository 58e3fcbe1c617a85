/**
 * A real PostgreSQL as a child process. May touch the embedded binaries and the data folder.
 */
@NullMarked
package dev.renderfleet.sandbox.postgres;

import org.jspecify.annotations.NullMarked;
