import { expect, test } from "vitest";
import { createHealth } from "./health.ts";
import { createMetrics, type MetricsOptions } from "./metrics.ts";

const definition = { name: "runs_total", help: "Runs.", labels: { outcome: ["ok", "failed"] } } as const;

async function outcomes(unknownLabel: MetricsOptions["unknownLabel"]) {
  const metrics = await createMetrics({
    component: "agent",
    processMetrics: false,
    ...(unknownLabel && { unknownLabel }),
  });
  return { metrics, counter: metrics.counter(definition) };
}

test("counts under the component and the given labels", async () => {
  const { metrics, counter } = await outcomes("throw");
  counter.increment({ outcome: "ok" });
  counter.increment({ outcome: "ok" }, 2);
  metrics.gauge({ name: "open", help: "Open.", labels: {} }).set({}, 4);
  metrics.histogram({ name: "took_seconds", help: "Took.", labels: {}, buckets: [1, 5] }).observe({}, 2);
  const text = await metrics.text();
  expect(text).toContain('runs_total{outcome="ok",component="agent"} 3');
  expect(text).toContain('open{component="agent"} 4');
  expect(text).toContain('took_seconds_bucket{le="5",component="agent"} 1');
});

test("a label value outside its set is counted as other, or thrown where that is asked for", async () => {
  const value: string = "surprise";
  const foreign = { outcome: value as "ok" };
  const production = await outcomes(undefined);
  const { labels } = definition;
  production.counter.increment(foreign);
  production.metrics.gauge({ name: "open", help: "Open.", labels }).set(foreign, 1);
  production.metrics.histogram({ name: "took", help: "Took.", labels, buckets: [1] }).observe(foreign, 1);
  const text = await production.metrics.text();
  for (const series of ["runs_total", "open", "took_count"])
    expect(text).toMatch(new RegExp(`^${series}{.*outcome="other"`, "m"));
  expect(text).not.toContain(value);
  const strict = await outcomes("throw");
  expect(() => strict.counter.increment(foreign)).toThrow('runs_total: label outcome has no value "surprise"');
});

test("process metrics are included unless left out", async () => {
  const metrics = await createMetrics({ component: "agent" });
  expect(await metrics.text()).toContain("process_resident_memory_bytes");
});

test("readiness fails with the reasons of its checks, and for good once liveness failed", () => {
  const health = createHealth();
  const check = health.check("kube");
  expect(health.ready()).toEqual({ ok: false, failing: { kube: "starting" } });
  check.pass();
  expect(health.ready().ok).toBe(true);
  check.fail("no answer");
  expect(health.ready().failing).toEqual({ kube: "no answer" });
  expect(health.live().ok).toBe(true);
  health.fail("deadlock");
  check.pass();
  expect([health.live().ok, health.ready().ok]).toEqual([false, false]);
  expect(() => health.check("kube")).toThrow("registered twice");
});
