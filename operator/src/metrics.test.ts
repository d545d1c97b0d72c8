import { API_VERSION } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { createWorld, deployment, trigger } from "./test/world.ts";

async function measured() {
  const world = await createWorld();
  world.cluster.put({
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name: "inv", namespace: "shop" },
    spec: { target: { kind: "Namespace" }, symptom: "Something is slow." },
  });
  world.cluster.put(deployment("False"));
  world.cluster.put(trigger());
  const { metrics } = await world.start();
  await world.clock.advance(11_000);
  return { world, text: await metrics.text() };
}

describe("the metrics of the operator", () => {
  it("count incidents, and runs by phase and decision", async () => {
    const { text } = await measured();
    for (const line of [
      'sre_agent_incidents_total{source="condition",component="operator"} 1',
      'sre_agent_incidents_open{component="operator"} 1',
      'sre_agent_investigations{phase="NoActionNeeded",component="operator"} 2',
      'sre_agent_investigations{phase="Pending",component="operator"} 0',
      'sre_agent_investigations_ended_total{phase="NoActionNeeded",component="operator"} 2',
      'sre_agent_decisions_total{decision="deny",component="operator"} 2',
      'sre_agent_decide_seconds_count{component="operator"} 8',
      'sre_agent_investigation_seconds_count{component="operator",stage="queued"} 2',
      'sre_agent_investigation_seconds_count{component="operator",stage="decided"} 2',
      'sre_agent_investigation_seconds_count{component="operator",stage="ended"} 2',
      'sre_agent_queue_depth{queue="triggers",component="operator"} 0',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(/sre_agent_watch_age_seconds\{kind="SreTrigger"/);
  });

  it("tell the bytes of the transcripts as they are stored", async () => {
    const { world, text } = await measured();
    const stored = world.cluster.list("SreTranscript").map(({ spec }) => (spec as { entries: string }).entries.length);
    const bytes = stored.reduce((sum, length) => sum + length, 0);
    expect(text).toContain(`sre_agent_transcript_bytes_total{component="operator"} ${bytes}`);
  });

  it("have a line of help each", async () => {
    const { text } = await measured();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    for (const name of names) expect(text).toMatch(new RegExp(`^# HELP ${name} \\S.{10,}$`, "m"));
  });
});
