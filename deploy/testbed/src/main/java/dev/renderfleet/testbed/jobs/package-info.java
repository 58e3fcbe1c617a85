/** Jobs, clients and group members for tests and commands. The only package that uses the Kafka client. */
@NullMarked
package dev.renderfleet.testbed.jobs;

import org.jspecify.annotations.NullMarked;
