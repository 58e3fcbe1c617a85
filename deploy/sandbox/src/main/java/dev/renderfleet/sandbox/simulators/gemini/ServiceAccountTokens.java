package dev.renderfleet.sandbox.simulators.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.renderfleet.sandbox.http.HttpRequest;
import dev.renderfleet.sandbox.http.HttpResponse;
import dev.renderfleet.sandbox.simulators.SimulatorJson;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Google's token endpoint for service accounts. Checks claims, not signatures; an account that begins with {@code deleted} is refused. */
final class ServiceAccountTokens {
    private static final Pattern CLAIM = Pattern.compile("assertion=[\\w-]+\\.([\\w-]+)\\.[\\w-]+");
    private static final String GRANT = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private ServiceAccountTokens() {}

    static HttpResponse exchange(HttpRequest request, String token) {
        String form = URLDecoder.decode(new String(request.body(), StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        Matcher claim = CLAIM.matcher(form);
        JsonNode claims = form.contains(GRANT) && claim.find()
                ? SimulatorJson.object(Base64.getUrlDecoder().decode(claim.group(1)))
                        .map(JsonNode.class::cast)
                        .orElse(JSON.objectNode())
                : JSON.objectNode();
        String account = claims.path("iss").asText();
        if (account.isEmpty()
                || account.startsWith("deleted")
                || !claims.path("scope").asText().contains("cloud-platform")) {
            return json(
                    400,
                    JSON.objectNode()
                            .put("error", "invalid_grant")
                            .put("error_description", "Invalid grant: account not found"));
        }
        return json(
                200,
                JSON.objectNode()
                        .put("access_token", token)
                        .put("expires_in", 3_599)
                        .put("token_type", "Bearer"));
    }

    private static HttpResponse json(int status, JsonNode body) {
        return HttpResponse.text(status, "application/json; charset=utf-8", SimulatorJson.write(body));
    }
}
