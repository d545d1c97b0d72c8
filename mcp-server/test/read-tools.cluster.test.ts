import { randomBytes } from "node:crypto";
import { EVIDENCE_META_KEY } from "@sre-agent/crds";
import {
  type Connection,
  connect,
  createInstaller,
  createReader,
  createReviewer,
  type NewObject,
  systemClock,
} from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCall, readTools, type WireReply } from "../src/index.ts";
import { codeOf, textOf, tokensOf } from "./calls.ts";

const NAMESPACE = `read-tools-${randomBytes(3).toString("hex")}`;
const CANARY = "canary-7f3b9d2e5a1c8046";
const DEADLINE = { timeout: 90_000, interval: 1_000 };
const RBAC = "rbac.authorization.k8s.io";

let person: Connection;
let robot: Connection;
const installer = () => createInstaller(person);
const metadata = (name: string) => ({ name, namespace: NAMESPACE });

/** One stdio server for each connection, since evidence is kept in it. */
function callsOver(connection: Connection) {
  const [reader, reviewer] = [createReader(connection), createReviewer(connection)];
  const pseudonym = createPseudonyms(randomBytes(32));
  const tools = readTools({ reader, reviewer, now: systemClock.now, pseudonym, namespace: NAMESPACE });
  const call = createCall({
    ...{ tools, reader, reviewer, pseudonym, runPrincipals: [], now: systemClock.now, onCall: () => undefined },
    localCaller: { username: "kubernetes-admin" },
  });
  return (name: string, args: object = {}): Promise<WireReply> =>
    call({ name, args, meta: undefined, principal: undefined, signal: new AbortController().signal });
}

function web(mode: string): NewObject {
  const labels = { app: "web" };
  const env = [
    { name: "MODE", value: mode },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "db", key: "token" } } },
    { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "LEVEL" } } },
  ];
  const image = { image: "localhost/toolbox:1", imagePullPolicy: "Never" };
  const containers = [
    { name: "calm", ...image, command: ["sh", "-c", "echo calm; exec sleep 3600"] },
    { name: "app", ...image, env, command: ["sh", "-c", "echo FATAL: no database; exit 3"] },
  ];
  const spec = { terminationGracePeriodSeconds: 1, serviceAccountName: "robot", containers };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata("web"),
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

beforeAll(async () => {
  const kubeconfig = process.env["KUBECONFIG"] ?? "";
  person = await connect({ kubeconfig });
  const account = { kind: "ServiceAccount", name: "robot", namespace: NAMESPACE };
  const rules = [{ apiGroups: [""], resources: ["pods", "events"], verbs: ["get", "list"] }];
  const objects: readonly NewObject[] = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata("robot") },
    { apiVersion: `${RBAC}/v1`, kind: "Role", metadata: metadata("look"), rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: metadata("robots-look"),
      roleRef: { apiGroup: RBAC, kind: "Role", name: "look" },
      subjects: [account],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadata("settings"), data: { LEVEL: CANARY } },
    { apiVersion: "v1", kind: "Secret", metadata: metadata("db"), stringData: { token: CANARY } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("web"),
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    },
    web(`${CANARY}-one`),
  ];
  for (const object of objects) await installer().apply(object);
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${NAMESPACE}`, "system:authenticated"];
  robot = await connect({ kubeconfig, impersonate: { user: `system:serviceaccount:${NAMESPACE}:robot`, groups } });
});
afterAll(async () => {
  await installer().delete({ apiVersion: "v1", kind: "Namespace", name: NAMESPACE });
  await Promise.all([person.close(), robot.close()]);
});

describe("the read tools on a real cluster", () => {
  it("tell the story of a release, its relations, rights and usage, and no value", async () => {
    const call = callsOver(person);
    await expect.poll(async () => textOf(await call("resources_list", { kind: "rs" })), DEADLINE).toContain("web-");
    await installer().apply(web(`${CANARY}-two`));
    await installer().apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata("settings"),
      data: { LEVEL: `${CANARY}-2` },
    });
    const about = { kind: "Deployment", name: "web" };
    await expect
      .poll(async () => textOf(await call("events_timeline", about)), DEADLINE)
      .toMatch(/rollout Deployment\/web by sre-agent-cli: revision 1 → 2: changed env MODE[\s\S]*BackOff Pod\/web-/);
    expect(textOf(await call("changes_recent", about))).toContain("revision 1 → 2");

    const relations = textOf(await call("resource_relations", about));
    expect(relations).toContain("services: Service/web (port 80 → 8080; 0 ready endpoints");
    expect(relations).toContain("Secret/db (keys token)");
    expect(relations).toContain("ServiceAccount/robot (RoleBinding/robots-look → Role/look)");

    const mayList = await call("access_check", { verb: "list", resource: "pods", serviceAccount: "robot" });
    expect(textOf(mayList)).toContain("Granted by RoleBinding/robots-look → Role/look.");
    const mayDelete = await call("access_check", { verb: "delete", resource: "pods", serviceAccount: "robot" });
    expect(textOf(mayDelete)).toContain("RoleBinding/robots-look → Role/look grants get, list on pods");

    const all = [relations, ...(await everyReply(call))];
    expect(all.filter((text) => text.includes(CANARY))).toEqual([]);
  });

  it("read the log of the failing container first, and its lines as evidence", async () => {
    const call = callsOver(person);
    await expect
      .poll(async () => {
        const pods = textOf(await call("resources_list", { kind: "pods", onlyUnhealthy: true }));
        return textOf(await call("pod_logs", { pod: /web-[a-z0-9]+-[a-z0-9]{5}/.exec(pods)?.[0] ?? "none" }));
      }, DEADLINE)
      .toMatch(/^\[ev-\w+\] app: 1 lines[\s\S]*FATAL: no database[\s\S]*calm: 1 lines/);
    const pods = textOf(await call("resources_list", { kind: "pods" }));
    const reply = await call("pod_logs", { pod: /web-[a-z0-9]+-[a-z0-9]{5}/.exec(pods)?.[0] ?? "none" });
    const [id] = reply._meta[EVIDENCE_META_KEY] as string[];
    expect(textOf(await call("evidence_read", { id, grep: "FATAL" }))).toMatch(/1 lines, 1 with "FATAL"/);
  });

  it("under narrow rights answer what they may and name the rest", async () => {
    const call = callsOver(robot);
    await expect.poll(async () => textOf(await call("resources_list", { kind: "pods" })), DEADLINE).toContain("web-");
    expect(textOf(await call("events_timeline"))).toContain("no right to read Deployments");
    expect(codeOf(await call("resources_list", { kind: "deployments" }))).toBe("READ_FORBIDDEN");
    expect(codeOf(await call("resources_list", { kind: "pods", namespace: "kube-system" }))).toBe("READ_FORBIDDEN");
    const pod = /web-[a-z0-9]+-[a-z0-9]{5}/.exec(textOf(await call("resources_list", { kind: "pods" })))?.[0];
    expect(codeOf(await call("pod_logs", { pod }))).toBe("READ_FORBIDDEN");
    expect(textOf(await call("resource_relations", { kind: "Pod", name: pod }))).toContain(
      "Secret/db (no right to look)",
    );
    expect((await call("diagnose")).isError).toBeUndefined();
  });
});

/** Every tool once, within the budget. */
async function everyReply(call: ReturnType<typeof callsOver>): Promise<readonly string[]> {
  const questions: readonly (readonly [string, object])[] = [
    ["diagnose", {}],
    ["resources_list", { kind: "secrets" }],
    ["resource_get", { kind: "Secret", name: "db" }],
    ["resource_get", { kind: "ConfigMap", name: "settings" }],
    ["resource_get", { kind: "Deployment", name: "web" }],
    ["events_timeline", {}],
    ["changes_recent", {}],
    ["metrics_query", {}],
  ];
  const replies = await Promise.all(questions.map(([name, args]) => call(name, args)));
  for (const reply of replies) expect(tokensOf(reply)).toBeLessThanOrEqual(2_000);
  return replies.map((reply) => JSON.stringify(reply));
}
