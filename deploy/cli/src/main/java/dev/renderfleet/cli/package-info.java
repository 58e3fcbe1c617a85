/** The command line of users and operators: one class a subcommand. Needs the address of a cluster and nothing else. */
@NullMarked
package dev.renderfleet.cli;

import org.jspecify.annotations.NullMarked;
