import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, CRASHING, found, listens, object, service } from "./objects.ts";

const hook = (name: string, fields: Fields = {}, kind = "ValidatingWebhookConfiguration") =>
  object(kind, "guard", {
    webhooks: [
      {
        name: "guard.example.com",
        failurePolicy: "Fail",
        clientConfig: { service: { namespace: "shop", name, port: 80 }, caBundle: "abc" },
        rules: [{ operations: ["CREATE"], resources: ["pods"] }],
        ...fields,
      },
    ],
  });
const guard = [...app("guard", { container: listens(8080) }), service("guard")];
const blocked = [
  ...app("web", { pods: 0, ready: false }),
  event(
    { kind: "Deployment", name: "web" },
    {
      reason: "FailedCreate",
      message:
        'Error creating: Internal error occurred: failed calling webhook "guard.example.com": failed to call webhook: x509: certificate signed by unknown authority',
    },
  ),
];

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly cause: RegExp;
  readonly severity?: string;
}

const WEBHOOKS: readonly Case[] = [
  {
    name: "a Service that does not exist",
    given: [...guard, hook("guardd")],
    cause:
      /^ValidatingWebhookConfiguration\/guard: webhook guard.example.com calls Service\/guardd in namespace shop, which does not exist; the nearest is Service\/guard; with failurePolicy Fail pods cannot be written$/,
  },
  {
    name: "policy Ignore is no harm",
    severity: "info",
    given: [hook("gone", { failurePolicy: "Ignore" })],
    cause: /with failurePolicy Ignore it is skipped$/,
  },
  {
    name: "a port that the Service does not have",
    given: [...guard, hook("guard", { clientConfig: { service: { namespace: "shop", name: "guard" } } })],
    cause: /calls port 443 of Service\/guard, which has 80/,
  },
  {
    name: "a caBundle that does not match",
    severity: "critical",
    given: [...guard, hook("guard"), ...blocked],
    cause: /cannot be called: its caBundle does not match the certificate of its server/,
  },
];

describe("webhooks", () => {
  test.each(WEBHOOKS)("$name", ({ given, cause, severity }) => {
    const findings = found(given);
    expect(findings.map((finding) => finding.cause)).toEqual([expect.stringMatching(cause)]);
    expect(findings[0]?.severity).toBe(severity ?? "error");
    expect(() => findingSchema.parse(findings[0])).not.toThrow();
  });

  test.each<readonly [string, Fields, string, string]>([
    ["skipped", { failurePolicy: "Ignore" }, "ValidatingWebhookConfiguration", "info"],
    [
      "skipped, so that nothing is put into pods",
      { failurePolicy: "Ignore" },
      "MutatingWebhookConfiguration",
      "warning",
    ],
    [
      "for other namespaces",
      { namespaceSelector: { matchLabels: { guarded: "yes" } } },
      "ValidatingWebhookConfiguration",
      "info",
    ],
    [
      "for this one",
      { namespaceSelector: { matchLabels: { team: "shop" } } },
      "ValidatingWebhookConfiguration",
      "error",
    ],
  ])("one without a Service that is %s", (_, fields, kind, severity) => {
    const here = object("Namespace", "shop", { metadata: { labels: { team: "shop" } } });
    expect(found([here, hook("absent", fields, kind)])).toMatchObject([{ severity }]);
  });

  test("the workloads whose pods it keeps away are told", () => {
    const [finding] = found([...guard, hook("guard"), ...blocked]);
    expect(finding?.explains).toContainEqual({
      subject: expect.objectContaining({ kind: "Deployment", name: "web" }),
      symptom: "its pods cannot be created",
    });
  });

  test("one whose server is down is explained by the server's workload", () => {
    const findings = found([...app("guard", CRASHING), service("guard"), hook("guard")]);
    expect(findings.map(({ subject }) => subject.kind)).toEqual(["Deployment"]);
    expect(findings[0]?.explains.map(({ subject }) => subject.kind)).toContain("ValidatingWebhookConfiguration");
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["one that answers", [...guard, hook("guard")]],
    [
      "one in a namespace that was not read",
      [hook("x", { clientConfig: { service: { namespace: "far", name: "x" } } })],
    ],
    ["one by URL", [hook("x", { clientConfig: { url: "https://guard.example" } })]],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

describe("a webhook that its own server has to pass", () => {
  const refused = (name: string) =>
    event(
      { kind: "Deployment", name },
      {
        reason: "FailedCreate",
        message:
          'Error creating: failed calling webhook "guard.example.com": no endpoints available for service "guard"',
      },
    );
  const lost = (name: string) => [...app(name, { pods: 0, ready: false }), service(name), refused(name)];

  test("is a deadlock, and the root of what has no pods", () => {
    const [finding, ...others] = found([...lost("guard"), ...lost("web"), hook("guard")]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ subject: { kind: "ValidatingWebhookConfiguration" }, severity: "critical" });
    expect(finding?.cause).toMatch(/has to allow the pods of Deployment\/guard, which would answer it .*a deadlock/);
    expect(finding?.fix?.summary).toMatch(/^leave the pods of Deployment\/guard out of the webhook/);
    expect(finding?.explains.map(({ subject }) => `${subject.kind}/${subject.name}`).toSorted()).toEqual([
      "Deployment/guard",
      "Deployment/web",
      "Service/guard",
      "Service/web",
    ]);
  });

  test("is none where pods of the server exist, and fail by themselves", () => {
    const findings = found([...app("guard", CRASHING), service("guard"), ...lost("web"), hook("guard")]);
    expect(findings).toMatchObject([{ analyzer: "crash-loop", subject: { name: "guard" } }]);
  });
});

describe("pods that a webhook rewrote", () => {
  const limits = (memory: string) => ({ container: { resources: { limits: { memory } } } });
  const oom: Fields = {
    terminated: { exitCode: 137, reason: "OOMKilled", startedAt: minutesAgo(2), finishedAt: minutesAgo(1) },
  };
  const web = (asked: string, got: string) => {
    const killed = {
      ready: false,
      status: { restartCount: 5, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: oom },
    };
    const pods = app("web", { ...killed, ...limits(got) }).filter(({ kind }) => kind === "Pod");
    return [...app("web", limits(asked)).filter(({ kind }) => kind !== "Pod"), ...pods];
  };

  test("the configuration is the cause of the memory kills", () => {
    const findings = found([...web("256Mi", "16Mi"), ...guard, hook("guard", {}, "MutatingWebhookConfiguration")]);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.cause).toBe(
      "MutatingWebhookConfiguration/guard rewrites the pods of Deployment/web: the template says spec.containers[main].resources.limits.memory 256Mi, the pods have 16Mi",
    );
    expect(findings[0]?.explains.map(({ subject }) => subject.kind)).toContain("Deployment");
  });

  test("the same limit in other words is none", () => {
    const findings = found([...web("16Mi", "16384Ki"), ...guard, hook("guard", {}, "MutatingWebhookConfiguration")]);
    expect(findings.map(({ analyzer }) => analyzer)).toEqual(["oom-kill"]);
  });
});

describe("served APIs and finalizers", () => {
  const crd = (status: readonly Fields[], spec: Fields = {}) =>
    object("CustomResourceDefinition", "backups.example.com", { spec, status: { conditions: status } });
  const leaving = { deletionTimestamp: minutesAgo(10), finalizers: ["backup.example.com/cleanup"] };
  const down = {
    conditions: [
      {
        type: "Available",
        status: "False",
        reason: "MissingEndpoints",
        message: "no endpoints",
        lastTransitionTime: minutesAgo(9),
      },
    ],
  };

  test.each<readonly [string, readonly SnapshotObject[], RegExp]>([
    [
      "names that are taken",
      [crd([{ type: "NamesAccepted", status: "False", message: "plural backups is taken" }])],
      /is not served \(NamesAccepted False\): plural backups is taken/,
    ],
    [
      "a conversion without its Service",
      [
        crd([], {
          conversion: {
            strategy: "Webhook",
            webhook: { clientConfig: { service: { namespace: "shop", name: "convert" } } },
          },
        }),
      ],
      /converts its objects by a webhook on Service\/convert in namespace shop, which does not exist/,
    ],
    [
      "an aggregated API that is down",
      [object("APIService", "v1.example.com", { spec: { service: { namespace: "shop", name: "api" } }, status: down })],
      /is not available \(MissingEndpoints\)/,
    ],
    [
      "a finalizer without its controller",
      [object("ConfigMap", "data", { metadata: leaving })],
      /kept by finalizer backup.example.com\/cleanup: its controller has not taken it off/,
    ],
    [
      "a claim that pods still use",
      [
        object("PersistentVolumeClaim", "data", {
          metadata: { ...leaving, finalizers: ["kubernetes.io/pvc-protection"] },
          spec: { accessModes: ["ReadWriteOnce"], volumeName: "pv-1" },
          status: { phase: "Bound" },
        }),
        ...app("db", { spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] } }),
      ],
      /kept by finalizer kubernetes.io\/pvc-protection: pods of Deployment\/db still use it$/,
    ],
    [
      "a finalizer whose controller is scaled down",
      [object("ConfigMap", "data", { metadata: leaving }), ...app("backup-operator", { replicas: 0 })],
      /Deployment\/backup-operator in namespace shop \(it does not run\) has not taken it off/,
    ],
  ])("%s", (_, given, cause) => {
    const findings = found(given);
    expect(findings.map((finding) => finding.cause)).toEqual([expect.stringMatching(cause)]);
    expect(() => findingSchema.parse(findings[0])).not.toThrow();
  });

  test("the crash of the finalizer's controller is its cause", () => {
    const findings = found([object("ConfigMap", "data", { metadata: leaving }), ...app("backup-operator", CRASHING)]);
    expect(findings.map(({ subject }) => subject.name)).toEqual(["backup-operator"]);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    [
      "a definition that is served",
      [
        crd([
          { type: "Established", status: "True" },
          { type: "NamesAccepted", status: "True" },
        ]),
      ],
    ],
    [
      "a deletion that has just begun",
      [object("ConfigMap", "data", { metadata: { ...leaving, deletionTimestamp: minutesAgo(0.1) } })],
    ],
    ["finalizers of what is not being deleted", [object("ConfigMap", "data", { metadata: { finalizers: ["x/y"] } })]],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});
