/** The fleet command: one class a subcommand, nothing else. Uses the packages below. */
@NullMarked
package dev.renderfleet.testbed;

import org.jspecify.annotations.NullMarked;
