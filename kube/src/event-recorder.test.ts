import { afterEach, describe, expect, it } from "vitest";
import { answer, type Received, refuse, type ScriptedServer, startScriptedServer } from "../test/scripted-server.ts";
import { createEventRecorder } from "./index.ts";
import { createFakeClock } from "./testing.ts";

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(status = 201) {
  const received: Received[] = [];
  const server = await startScriptedServer((request, response) => {
    received.push(request);
    if (status >= 400) refuse(response, status, "NotFound");
    else answer(response, status, { metadata: { name: "n1-abc" } });
  });
  servers.push(server);
  const clock = createFakeClock();
  const recorder = createEventRecorder(server.connection, {
    reportingController: "sre-agent.dev/operator",
    reportingInstance: "operator-0",
    clock,
  });
  return { received, clock, recorder };
}

const event = {
  regarding: {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "system:N1", uid: "u", resourceVersion: "1", creationTimestamp: "" },
  },
  type: "Warning",
  reason: "Stuck",
  action: "Investigate",
  note: "x".repeat(3_000),
} as const;

describe("event recorder", () => {
  it("writes an Event in default about a cluster-scoped object, cut to what the API takes", async () => {
    const { received, recorder } = await start();
    await recorder.record(event);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      method: "POST",
      path: "/apis/events.k8s.io/v1/namespaces/default/events",
      body: {
        metadata: { generateName: "system--1-", namespace: "default" },
        eventTime: "2026-01-01T00:00:00.000000Z",
        regarding: { kind: "Node", name: "system:N1", uid: "u" },
        note: "x".repeat(1_024),
      },
    });
  });

  it("counts equal events in one series, written at most every 30 s", async () => {
    const { received, recorder, clock } = await start();
    for (let i = 0; i < 5; i++) await recorder.record(event);
    expect(received).toHaveLength(1);
    await clock.advance(30_000);
    await recorder.record(event);
    expect(received).toHaveLength(2);
    expect(received[1]).toMatchObject({
      method: "PATCH",
      body: { series: { count: 6, lastObservedTime: "2026-01-01T00:00:30.000000Z" } },
    });
    await recorder.record({ ...event, reason: "Other" });
    expect(received[2]?.method).toBe("POST");
  });

  it("never throws", async () => {
    const { recorder, received } = await start(403);
    await expect(recorder.record(event)).resolves.toBeUndefined();
    expect(received).toHaveLength(1);
  });
});
