import type { Manifest } from "@sre-agent/sandbox";
import { meta, plant } from "./plant.ts";

/** What people write beside workloads and their configuration. */
export const OTHERS: readonly Manifest[] = [
  {
    apiVersion: "v1",
    kind: "Event",
    metadata: meta("frozen.1"),
    type: "Warning",
    reason: "Failed",
    count: 3,
    message: `pull with Authorization: Bearer ${plant("an Event", (core) => `${core}0123456789`)} refused`,
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "frozen" },
    firstTimestamp: new Date().toISOString(),
    lastTimestamp: new Date().toISOString(),
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: meta("web", {
      annotations: {
        "nginx.ingress.kubernetes.io/configuration-snippet": `proxy_set_header Authorization "Basic ${plant("an annotation of an Ingress")}";`,
      },
    }),
    spec: {
      rules: [
        {
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "gone", port: { number: 80 } } } }],
          },
        },
      ],
    },
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: meta("report"),
    spec: {
      schedule: "0 0 1 1 *",
      jobTemplate: {
        spec: {
          template: {
            spec: {
              restartPolicy: "Never",
              containers: [
                { name: "report", image: "app:1", env: [{ name: "SMTP", value: plant("env of a CronJob") }] },
              ],
            },
          },
        },
      },
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: meta("db-1"),
    revision: 1,
    data: {
      spec: {
        template: {
          spec: { containers: [{ name: "db", env: [{ name: "X", value: plant("env of a ControllerRevision") }] }] },
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "share" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteMany"],
      mountOptions: [`username=app,password=${plant("a mount option of a volume")}`],
      csi: {
        driver: "file.csi",
        volumeHandle: "share",
        volumeAttributes: { storageAccountKey: plant("an attribute of a volume") },
      },
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "check" },
    webhooks: [
      {
        name: "check.example.com",
        clientConfig: { url: `https://check.example.com/hook?token=${plant("the URL of a webhook")}` },
        rules: [{ apiGroups: ["none"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nothing"] }],
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  },
  {
    apiVersion: "sre-agent.dev/v1alpha1",
    kind: "SreInvestigation",
    metadata: meta("asked"),
    spec: {
      target: { kind: "Deployment", name: "web" },
      symptom: `I tried psql postgres://me:${plant("the words of a question")}@db/shop`,
    },
  },
];
