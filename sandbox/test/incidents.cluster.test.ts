import { randomBytes } from "node:crypto";
import {
  type Connection,
  connect,
  createReader,
  createRecordWriter,
  type KubeObject,
  type NewObject,
} from "@sre-agent/kube";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { INCIDENTS, type Manifest } from "../src/index.ts";

interface Workload extends KubeObject {
  readonly status: { readonly readyReplicas?: number };
}

interface Pod extends KubeObject {
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly state: { readonly waiting?: { readonly reason: string } };
    }[];
  };
}

const namespace = `sandbox-${randomBytes(4).toString("hex")}`;
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" };
const POD = { apiVersion: "v1", kind: "Pod" };

let connection: Connection;

const writerOf = ({ apiVersion }: Manifest) =>
  createRecordWriter(connection, { group: apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "" });

/** The incident's own objects, in a namespace of this test. */
const placed = (manifest: Manifest): NewObject =>
  ({
    ...manifest,
    metadata: manifest.kind === "Namespace" ? { name: namespace } : { ...manifest.metadata, namespace },
  }) as unknown as NewObject;

beforeAll(async () => {
  connection = await connect({ kubeconfig: process.env["KUBECONFIG"] ?? "" });
});

afterAll(async () => {
  await createRecordWriter(connection, { group: "" }).delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
  await connection.close();
});

it("bad-release: the same objects make the same incident on a real cluster", async () => {
  const { objects, steps } = INCIDENTS["bad-release"];
  for (const manifest of objects) await writerOf(manifest).create(placed(manifest));
  const reader = createReader(connection);
  const ready = async () => (await reader.get<Workload>(DEPLOYMENT)).status.readyReplicas;
  await vi.waitFor(async () => expect(await ready()).toBe(3), { timeout: 60_000, interval: 500 });

  for (const manifest of steps[0]?.apply ?? []) {
    await writerOf(manifest).merge(DEPLOYMENT, { spec: placed(manifest)["spec"] });
  }
  const waiting = async () => {
    const { items } = await reader.list<Pod>(POD, { namespace });
    return items.flatMap((pod) => pod.status.containerStatuses?.map(({ state }) => state.waiting?.reason ?? "") ?? []);
  };
  await vi.waitFor(async () => expect((await waiting()).sort()).toEqual(["", "", "", "CrashLoopBackOff"]), {
    timeout: 60_000,
    interval: 500,
  });
  expect(await ready()).toBe(3);
  const { items } = await reader.list<Pod>(POD, { namespace });
  const broken = items.find((pod) => pod.status.containerStatuses?.[0]?.ready === false);
  const log = await reader.logs({ namespace, pod: broken?.metadata.name ?? "", previous: true });
  expect(log).toBe("fatal: DATABASE_URL is not set\n");
});
