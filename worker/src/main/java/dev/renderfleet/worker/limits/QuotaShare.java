package dev.renderfleet.worker.limits;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** This worker's share of one model's quota, all kinds of it together. Guarded by its gate's lock. */
final class QuotaShare {

    private final @Nullable TokenBucket requests;
    private final @Nullable TokenBucket images;
    private final @Nullable TokenBucket tokens;
    private final @Nullable DayBudget day;

    QuotaShare(Quota quota, double fraction, Instant now) {
        this.requests = bucket(quota.requestsPerMinute(), fraction, now);
        this.images = bucket(quota.imagesPerMinute(), fraction, now);
        this.tokens = bucket(quota.tokensPerMinute(), fraction, now);
        this.day = quota.requestsPerDay() == null ? null : new DayBudget(quota.requestsPerDay(), fraction, now);
    }

    private static @Nullable TokenBucket bucket(@Nullable Integer perMinute, double fraction, Instant now) {
        return perMinute == null ? null : new TokenBucket(perMinute, fraction, now);
    }

    /** How long until a call of that need may be made, as things stand; zero if it may. */
    Duration wait(Need need, Instant now) {
        Duration wait = longer(wait(requests, 1, now), wait(images, need.images(), now));
        wait = longer(wait, wait(tokens, need.tokens(), now));
        return day == null ? wait : longer(wait, day.wait(now));
    }

    /** Takes what {@link #wait} has found to be there. */
    void take(Need need) {
        if (requests != null) {
            requests.take(1);
        }
        if (images != null) {
            images.take(need.images());
        }
        if (tokens != null) {
            tokens.take(need.tokens());
        }
        if (day != null) {
            day.take();
        }
    }

    /** Takes back what a call would have taken that was not made. */
    void giveBack(Need need, Instant now) {
        if (requests != null) {
            requests.giveBack(1);
        }
        if (images != null) {
            images.giveBack(need.images());
        }
        if (tokens != null) {
            tokens.giveBack(need.tokens());
        }
        if (day != null) {
            day.giveBack(now);
        }
    }

    /** From now on this part of the quota is ours, 0 to 1. */
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
    }

    private static Duration wait(@Nullable TokenBucket bucket, long tokens, Instant now) {
        return bucket == null ? Duration.ZERO : bucket.wait(tokens, now);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
