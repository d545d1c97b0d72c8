import { API_VERSION } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { createWorld } from "./test/world.ts";

describe("the metrics of the operator", () => {
  it("count runs by phase, decisions and steps, with labels from closed sets", async () => {
    const world = await createWorld();
    world.cluster.put({
      apiVersion: API_VERSION,
      kind: "SreInvestigation",
      metadata: { name: "inv", namespace: "shop" },
      spec: { target: { kind: "Namespace" }, symptom: "Something is slow." },
    });
    const { metrics } = await world.start();
    await world.clock.advance(11_000);
    const text = await metrics.text();
    expect(text).toContain('sre_agent_investigations{phase="NoActionNeeded",component="operator"} 1');
    expect(text).toContain('sre_agent_investigations{phase="Pending",component="operator"} 0');
    expect(text).toContain('sre_agent_decisions_total{decision="deny",component="operator"} 1');
    expect(text).toContain('sre_agent_decide_seconds_count{component="operator"} 4');
    expect(text).toContain('sre_agent_queue_depth{queue="triggers",component="operator"} 0');
    expect(text).toMatch(/sre_agent_watch_age_seconds\{kind="SreTrigger"/);
  });
});
