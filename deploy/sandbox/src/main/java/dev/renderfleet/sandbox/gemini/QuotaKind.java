package dev.renderfleet.sandbox.gemini;

/** The dimensions in which Google limits calls of one project and model, with the names they carry in a 429. */
public enum QuotaKind {
    RPM("generate_content_paid_tier_requests", "GenerateRequestsPerMinutePerProjectPerModel"),
    IPM("generate_content_paid_tier_images", "GenerateContentImagesPerMinutePerProjectPerModel"),
    TPM("generate_content_paid_tier_input_token_count", "GenerateContentInputTokensPerModelPerMinute"),
    RPD("generate_requests_per_model_per_day", "GenerateRequestsPerDayPerProjectPerModel"),
    CONCURRENCY("generate_content_concurrent_requests", "GenerateContentConcurrentRequestsPerProjectPerModel");

    private final String metricName;
    private final String id;

    QuotaKind(String metricName, String id) {
        this.metricName = metricName;
        this.id = id;
    }

    String metric() {
        return "generativelanguage.googleapis.com/" + metricName;
    }

    String quotaId() {
        return id;
    }
}
