package dev.renderfleet.worker.limits;

import dev.renderfleet.catalogue.Quota;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** This worker's share of one model's quota, of requests, images, tokens and calls in progress. Guarded by its gate's lock. */
final class QuotaShare {

    private final @Nullable TokenBucket requests;
    private final @Nullable TokenBucket images;
    private final @Nullable TokenBucket tokens;
    private final @Nullable DayQuota day;
    private final ConcurrentCalls calls;

    /** @param calendar of its requests per day */
    QuotaShare(Quota quota, QuotaDay calendar, double fraction, Instant now) {
        this.requests = bucket(quota.requestsPerMinute(), fraction, now);
        this.images = bucket(quota.imagesPerMinute(), fraction, now);
        this.tokens = bucket(quota.tokensPerMinute(), fraction, now);
        this.day =
                quota.requestsPerDay() == null ? null : new DayQuota(quota.requestsPerDay(), calendar, fraction, now);
        this.calls = new ConcurrentCalls(quota.concurrentCalls(), fraction);
    }

    private static @Nullable TokenBucket bucket(@Nullable Integer perMinute, double fraction, Instant now) {
        return perMinute == null ? null : new TokenBucket(perMinute, fraction, now);
    }

    /** Time until the call may be made, or zero. */
    Duration wait(QuotaDemand demand, Instant now) {
        Duration wait = longer(wait(requests, 1, now), wait(images, demand.images(), now));
        wait = longer(wait, wait(tokens, demand.tokens(), now));
        return day == null ? wait : longer(wait, day.wait(now));
    }

    /** As {@link DayQuota#spentUntil}. */
    Instant spentUntil(Instant now) {
        return day == null ? Instant.MIN : day.spentUntil(now);
    }

    /** Calls in progress. */
    ConcurrentCalls calls() {
        return calls;
    }

    /** Takes quota after {@link #wait} returned zero. */
    void take(QuotaDemand demand) {
        if (requests != null) {
            requests.take(1);
        }
        if (images != null) {
            images.take(demand.images());
        }
        if (tokens != null) {
            tokens.take(demand.tokens());
        }
        if (day != null) {
            day.take();
        }
    }

    /** Returns the quota of a call that was not made. */
    void refund(QuotaDemand demand, Instant now) {
        if (requests != null) {
            requests.refund(1);
        }
        if (images != null) {
            images.refund(demand.images());
        }
        if (tokens != null) {
            tokens.refund(demand.tokens());
        }
        if (day != null) {
            day.refund(now);
        }
    }

    /** Sets this worker's share, 0 to 1. */
    void share(double fraction, Instant now) {
        if (requests != null) {
            requests.share(fraction, now);
        }
        if (images != null) {
            images.share(fraction, now);
        }
        if (tokens != null) {
            tokens.share(fraction, now);
        }
        if (day != null) {
            day.share(fraction);
        }
        calls.share(fraction);
    }

    private static Duration wait(@Nullable TokenBucket bucket, long tokens, Instant now) {
        return bucket == null ? Duration.ZERO : bucket.wait(tokens, now);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
