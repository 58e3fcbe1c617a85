/**
 * What a producer asks for: the render job and its parts as plain values. They copy what they are given and check nothing: the rules
 * are the wire package's, which alone makes jobs from foreign bytes. Depends on the JDK only.
 */
@NullMarked
package dev.renderfleet.contracts.job;

import org.jspecify.annotations.NullMarked;
