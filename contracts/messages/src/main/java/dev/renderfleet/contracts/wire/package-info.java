/** Topics, CloudEvents headers, JSON codecs and validation of messages. The only package that parses foreign bytes. */
@NullMarked
package dev.renderfleet.contracts.wire;

import org.jspecify.annotations.NullMarked;
