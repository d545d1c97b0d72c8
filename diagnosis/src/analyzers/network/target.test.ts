import { expect, test } from "vitest";
import { retargeted } from "./target.ts";

test.each([
  ["ordrs", { name: "orders" }, "orders"],
  ["ordrs.shop", { name: "orders" }, "orders.shop"],
  ["ordrs-0.ordrs.shop.svc.cluster.local", { name: "orders" }, "ordrs-0.orders.shop.svc.cluster.local"],
  ["db-0.shopdb.shop.svc", { namespace: "store" }, "db-0.shopdb.store.svc"],
  ["redis.redis.svc", { namespace: "cache" }, "redis.cache.svc"],
  ["shop.orders", { name: "orders", namespace: "shop" }, "orders.shop"],
  ["cache", { name: "redis", namespace: "cache" }, "redis.cache"],
])("%s with %o is %s", (host, target, right) => {
  expect(retargeted(host, target)).toBe(right);
});
