package dev.renderfleet.sandbox.simulators.dashscope;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.Behaviour;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.util.EnumSet;
import java.util.Optional;
import java.util.UUID;

/** The API's errors: flat JSON with code and message. The constants' names are behaviours. */
enum DashScopeError {
    INVALID_PARAMETER(400, "InvalidParameter", "The parameter is not valid"),
    INVALID_URL(400, "InvalidURL", "The request URL is invalid"),
    UNSUPPORTED_OPERATION(400, "UnsupportedOperation", "The operation is not supported"),
    DATA_INSPECTION_FAILED(400, "DataInspectionFailed", "Input data may contain inappropriate content"),
    OUTPUT_INSPECTION_FAILED(400, "DataInspectionFailed", "Output data may contain inappropriate content"),
    ARREARAGE(400, "Arrearage", "Access denied, please make sure your account is in good standing"),
    INVALID_API_KEY(401, "InvalidApiKey", "Invalid API-key provided"),
    ACCESS_DENIED(403, "AccessDenied", "Access denied"),
    UNPURCHASED(403, "AccessDenied.Unpurchased", "Access to the model is denied, it was not purchased"),
    MODEL_NOT_FOUND(404, "ModelNotFound", "The model does not exist"),
    MODEL_NOT_EXIST(400, "Model.NotExist", "The model does not exist"),
    TOO_LARGE(413, "RequestTooLarge", "The request is too large"),
    THROTTLING(429, "Throttling", "Requests throttling triggered"),
    RATE_QUOTA(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later"),
    ALLOCATION_QUOTA(429, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase your quota limit"),
    INTERNAL_ERROR(500, "InternalError", "An internal error has occurred, please try again later"),
    SERVICE_UNAVAILABLE(503, "ServiceUnavailable", "The service is temporarily unavailable"),
    MODEL_UNAVAILABLE(503, "ModelUnavailable", "The model is temporarily unavailable"),
    GATEWAY_TIMEOUT(504, "GatewayTimeout", "The upstream did not answer in time");

    private final int status;
    private final String code;
    private final String message;

    DashScopeError(int status, String code, String message) {
        this.status = status;
        this.code = code;
        this.message = message;
    }

    static Optional<DashScopeError> named(Behaviour behaviour) {
        return EnumSet.allOf(DashScopeError.class).stream()
                .filter(error -> error.name().equals(behaviour.name()))
                .findFirst();
    }

    String code() {
        return code;
    }

    String message() {
        return message;
    }

    HttpResponse response() {
        return response(status, message);
    }

    HttpResponse because(String reason) {
        return response(status, reason);
    }

    /** With another status, such as 200. */
    HttpResponse withStatus(int other) {
        return response(other, message);
    }

    private HttpResponse response(int answered, String text) {
        return answer(answered, SimulatorJson.newObject().put("code", code).put("message", text));
    }

    /** Any answer, with its request id in body and header. */
    static HttpResponse answer(int status, ObjectNode body) {
        String id = UUID.randomUUID().toString();
        return HttpResponse.text(status, "application/json", SimulatorJson.write(body.put("request_id", id)))
                .withHeader("x-request-id", id);
    }
}
