/** How messages travel: topics, CloudEvents headers, JSON codec and validation. The only package that parses bytes from outside. */
@NullMarked
package dev.renderfleet.contracts.wire;

import org.jspecify.annotations.NullMarked;
