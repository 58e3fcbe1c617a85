/**
 * The port to S3-compatible storage, its MinIO adapter, and the bucket's key layout ({@link
 * dev.renderfleet.worker.storage.ObjectKeys}). The only package that uses the MinIO client.
 */
@NullMarked
package dev.renderfleet.worker.storage;

import org.jspecify.annotations.NullMarked;
