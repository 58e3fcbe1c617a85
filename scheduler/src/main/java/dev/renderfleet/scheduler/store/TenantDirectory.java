package dev.renderfleet.scheduler.store;

import dev.renderfleet.scheduler.queue.TenantShare;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** The numbers of tenants, which are made at first sight. Safe for use by many threads. */
public final class TenantDirectory {

    private final Database database;
    private final Map<String, Integer> numbers = new ConcurrentHashMap<>();

    public TenantDirectory(Database database) {
        this.database = database;
    }

    /** Makes tenants that are new, in a transaction of its own, so that other doors do not wait for them. */
    void enrol(Collection<String> names) {
        List<String> fresh = names.stream()
                .distinct()
                .filter(name -> !numbers.containsKey(name))
                .sorted()
                .toList();
        if (fresh.isEmpty()) {
            return;
        }
        database.write(handle -> handle.createUpdate(
                        "INSERT INTO tenant (name) SELECT * FROM unnest(:names) ON CONFLICT DO NOTHING")
                .bind("names", Database.texts(fresh.stream()))
                .execute());
        database.read(handle -> handle.createQuery("SELECT name, tenant_no FROM tenant WHERE name = ANY (:names)")
                        .bind("names", Database.texts(fresh.stream()))
                        .map((row, _) -> Map.entry(row.getString(1), row.getInt(2)))
                        .list())
                .forEach(tenant -> numbers.put(tenant.getKey(), tenant.getValue()));
    }

    /** Sets what a tenant is entitled to. The leader hears of it. */
    public void share(String name, TenantShare share) {
        enrol(List.of(name));
        database.write(handle -> {
            handle.createUpdate("UPDATE tenant SET weight = :weight, running_max = :max WHERE tenant_no = :tenant")
                    .bind("weight", share.weight())
                    .bind("max", share.runningMax())
                    .bind("tenant", number(name))
                    .execute();
            ReadyListener.wake(handle, "");
            return true;
        });
    }

    /** The number of an enrolled tenant. */
    int number(String name) {
        return Objects.requireNonNull(numbers.get(name), "not enrolled");
    }
}
