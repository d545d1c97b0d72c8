import { randomBytes } from "node:crypto";
import type { Finding } from "@sre-agent/crds";
import { diagnose, type Snapshot, type SnapshotObject } from "@sre-agent/diagnosis";
import { connect, createReader } from "@sre-agent/kube";
import { createPseudonyms, normalise, redact } from "@sre-agent/redaction";
import { INCIDENTS, startSandbox } from "@sre-agent/sandbox";
import { describe, expect, it, vi } from "vitest";
import { collectSnapshot } from "../collect/collect-snapshot.ts";
import { diagnoseIncident } from "./diagnose-incident.ts";
import { createIncidentReader } from "./incident-reader.ts";
import { readIncident } from "./read-incident.ts";
import { writeIncident } from "./write-incident.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000 });

const pseudonym = createPseudonyms(randomBytes(32));
const options = { pseudonym, writer: "0.0.0" };
const scrub = (text: string) => redact(normalise(text), { pseudonym }).text;

function snapshotWith(objects: readonly object[], logs: Snapshot["logs"] = []): Snapshot {
  return {
    now: "2026-01-01T00:00:00.000Z",
    namespaces: ["shop"],
    objects: objects as readonly SnapshotObject[],
    logs,
    gaps: ["no right to read Nodes"],
    unread: ["Node"],
  };
}

const read = (text: string) => {
  const result = readIncident(text);
  if (!result.ok) throw new Error(result.fault);
  return result.incident;
};

const meta = (name: string) => ({ name, namespace: "shop", uid: `uid-${name}` });
const pod = (env: readonly object[], status: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: meta("web-1"),
  spec: { containers: [{ name: "web", image: "app:1", env }] },
  status,
});

describe("an incident file", () => {
  it("gives the same findings as the cluster it was taken from", async () => {
    const sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
    const connection = await connect({ server: sandbox.url, token: sandbox.tokenFor("admin") });
    const collect = () =>
      collectSnapshot({
        reader: createReader(connection),
        scope: { namespace: "shop" },
        now: Date.now,
        logs: true,
        signal: new AbortController().signal,
      });
    sandbox.play("release");
    const isFound = async () => diagnose(await collect()).some(({ fix }) => fix?.kind === "action");
    await vi.waitUntil(isFound, { timeout: 50_000, interval: 200 });
    const snapshot = await collect();
    const onCluster: readonly Finding[] = JSON.parse(scrub(JSON.stringify(diagnose(snapshot))));
    const { findings, gaps } = diagnoseIncident(read(writeIncident(snapshot, options).text));
    expect(findings).toEqual(onCluster);
    expect(gaps).toEqual(snapshot.gaps);
    await connection.close();
    await sandbox.stop();
  });

  it("holds no canary, wherever it stood, and of a Secret only the names of its keys", () => {
    const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeS0xMjM0NTY";
    const { text } = writeIncident(
      snapshotWith(
        [
          { apiVersion: "v1", kind: "Secret", metadata: meta("db"), data: { password: "Y2FuYXJ5LTE=" } },
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: meta("cm"),
            data: { "app.ini": "x=canary-2", PORT: "8080" },
          },
          pod(
            [
              { name: "DATABASE_URL", value: "postgres://shop:canary-3@db/shop" },
              { name: "DB_PASSWORD", value: "1234567" },
              { name: "GREETING", value: "canary-4" },
            ],
            { containerStatuses: [{ name: "web", state: { terminated: { message: "wrong: canary-3 canary-4" } } }] },
          ),
          {
            apiVersion: "v1",
            kind: "Event",
            metadata: { ...meta("e"), annotations: { note: "password=canary-5" } },
            message: `Authorization: Bearer ${token} canary-4`,
          },
        ],
        [
          {
            namespace: "shop",
            pod: "web-1",
            container: "web",
            previous: true,
            text: `got canary-4\npassword: canary-6`,
          },
        ],
      ),
      options,
    );
    expect(text).not.toMatch(/canary|1234567|Y2FuYXJ5|eyJhbGci/);
    expect(text).toContain('"data":{"password":""}');
    expect(text).toContain('"PORT":"8080"');
  });

  it.each([
    ["a URL with everything", "http://me:canary-1@apo.shop:8080/canary-2?key=canary-3"],
    ["a password with an at", "http://me:canary-1@canary-2@apo:8080"],
    ["a name alone", "apo:8080"],
  ])("keeps the fault of an address: %s", (_, value) => {
    const spec = { selector: {}, template: pod([{ name: "API_URL", value }]) };
    const api = { apiVersion: "v1", kind: "Service", metadata: meta("api"), spec: { ports: [{ port: 8080 }] } };
    const client = { apiVersion: "apps/v1", kind: "Deployment", metadata: meta("web"), spec };
    const logs = [
      { namespace: "shop", pod: "web-1", container: "web", previous: false, text: `cannot reach ${value}` },
    ];
    const snapshot = snapshotWith([client, api], logs);
    const { text } = writeIncident(snapshot, options);
    expect(text).not.toMatch(/canary|me:/);
    const causes = diagnoseIncident(read(text)).findings.map(({ cause }) => cause);
    expect(causes).toContainEqual(expect.stringContaining("env API_URL of container web names Service/apo"));
    expect(causes).toEqual(diagnose(snapshot).map(({ cause }) => cause));
  });

  it.each([
    ["DB_PASSWORD", "http://canary"],
    ["API_TOKEN", "canary:8080"],
    ["GREETING", "canary"],
    ["SERVER_SECRET", "canary.shop.svc"],
  ])("keeps nothing of %s, which is no address", (name, value) => {
    expect(writeIncident(snapshotWith([pod([{ name, value }])]), options).text).not.toContain("canary");
  });

  it("keeps apart what differed and alike what was alike", () => {
    const values = ["alpha-1", "alpha-2", "alpha-1"].map((value, index) => ({ name: `V${index}`, value }));
    const { objects } = read(writeIncident(snapshotWith([pod(values)]), options).text);
    const spec = objects[0]?.["spec"] as { containers: { env: { value: string }[] }[] };
    const [first, second, third] = spec.containers[0]?.env.map(({ value }) => value) ?? [];
    expect(first).toMatch(/^<hidden:[0-9a-f]+>$/);
    expect([first === third, first === second]).toEqual([true, false]);
  });

  it("is bounded, and says by kind what it left out", () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      apiVersion: "v1",
      kind: "Event",
      metadata: { ...meta(`e${index}`), creationTimestamp: new Date(index * 1_000).toISOString() },
      message: "x".repeat(200),
    }));
    const { text, header, objects } = writeIncident(snapshotWith([...many, pod([])]), { ...options, maxBytes: 4_000 });
    expect(Buffer.byteLength(text)).toBeLessThan(5_000);
    expect(header.leftOut).toEqual([`${51 - objects} of kind Event did not fit into 4000 bytes`]);
    expect(header.unread).toEqual(["Node", "Event"]);
    const kept = read(text).objects;
    expect(kept[0]?.kind).toBe("Pod");
    expect(kept[1]?.metadata.name).toBe("e49");
    expect(diagnoseIncident(read(text)).gaps).toEqual(["no right to read Nodes", ...header.leftOut]);
  });

  it.each([
    ["nothing", "", /line 1 is no header/],
    ["YAML", "kind: Pod\n", /line 1 is no header/],
    ["another format", '{"format":"x"}\n', /line 1 is no header/],
    ["an object without a name", undefined, /line 3 is neither an object nor a log/],
  ])("of %s is refused with the line that is wrong", (_, content, fault) => {
    const whole = writeIncident(snapshotWith([pod([])]), options).text;
    const result = readIncident(content ?? `${whole}{"object":{"apiVersion":"v1","kind":"Pod","metadata":{}}}\n`);
    expect(result).toEqual({ ok: false, fault: expect.stringMatching(fault) });
  });
});

describe("reading an incident as a cluster", () => {
  const reader = createIncidentReader(
    read(
      writeIncident(
        snapshotWith(
          [
            { ...pod([]), metadata: { ...meta("web-1"), labels: { app: "web" } } },
            { apiVersion: "v1", kind: "Node", metadata: { name: "n1", uid: "n" } },
          ],
          [{ namespace: "shop", pod: "web-1", container: "web", previous: false, text: "listening" }],
        ),
        options,
      ).text,
    ),
  );

  it("resolves kinds, gets, lists and selects", async () => {
    expect(await reader.resolve("po")).toMatchObject({ kind: "Pod", namespaced: true });
    expect(await reader.resolve("nodes")).toMatchObject({ kind: "Node", namespaced: false });
    await expect(reader.resolve("Kafka")).rejects.toMatchObject({ code: "UNKNOWN_KIND" });
    const kind = { apiVersion: "v1", kind: "Pod" };
    expect(await reader.get({ ...kind, namespace: "shop", name: "web-1" })).toMatchObject({ kind: "Pod" });
    await expect(reader.get({ ...kind, namespace: "shop", name: "web-2" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    const count = async (labelSelector: string) => (await reader.list(kind, { labelSelector })).items.length;
    expect(await Promise.all(["app=web", "app!=web", "app", "!app", "app=x"].map(count))).toEqual([1, 0, 1, 0, 0]);
    await expect(reader.list(kind, { labelSelector: "app in (a)" })).rejects.toMatchObject({ code: "INVALID" });
  });

  it("has the logs that were captured, and says which were not", async () => {
    const request = { namespace: "shop", pod: "web-1" };
    expect(await reader.logs(request)).toBe("listening");
    await expect(reader.logs({ ...request, previous: true })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
