/**
 * HTTP for the adapters: requests that are sent at most once, pictures that stream to and from the spool, downloads from guarded
 * addresses, asking about tasks, and redaction. Knows no provider; depends on the port, pictures and egress.
 *
 * <p>An adapter sends by {@link dev.renderfleet.worker.providers.wire.ProviderHttp} and switches over
 * {@link dev.renderfleet.worker.providers.wire.HttpResult}; failures start from
 * {@link dev.renderfleet.worker.providers.wire.HttpStatusKind} and {@link dev.renderfleet.worker.providers.wire.RetryHint}, and each of
 * their texts passes {@link dev.renderfleet.worker.providers.wire.Redactor}. References go into JSON by
 * {@link dev.renderfleet.worker.providers.wire.StreamedJson}. Providers with tasks also use
 * {@link dev.renderfleet.worker.providers.wire.PollLoop} and {@link dev.renderfleet.worker.providers.wire.ResultDownloader}.
 */
@NullMarked
package dev.renderfleet.worker.providers.wire;

import org.jspecify.annotations.NullMarked;
