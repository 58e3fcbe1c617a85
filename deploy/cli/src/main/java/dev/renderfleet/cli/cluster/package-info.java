/** Publishes jobs, reads events and fetches objects, as any client would. The only package that uses the Kafka and MinIO clients. */
@NullMarked
package dev.renderfleet.cli.cluster;

import org.jspecify.annotations.NullMarked;
