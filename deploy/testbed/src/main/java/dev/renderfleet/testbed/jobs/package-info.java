/** Publishes jobs, reads outcomes, fetches objects, as any client would. The only package that uses the Kafka and MinIO clients. */
@NullMarked
package dev.renderfleet.testbed.jobs;

import org.jspecify.annotations.NullMarked;
