import type { Manifest } from "@sre-agent/sandbox";
import { base64, LAST_APPLIED, meta, plant, plantNumber } from "./plant.ts";

const jwt = (core: string) =>
  [`{"alg":"RS256"}`, `{"sub":"${core}"}`, `signature-${core}`]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");

export const SECRETS: readonly Manifest[] = [
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: meta("db", {
      annotations: { [LAST_APPLIED]: `{"data":{"password":"${base64(plant("last-applied of a Secret"))}"}}` },
    }),
    data: { password: base64(plant("data of a Secret")) },
    stringData: { token: plant("stringData of a Secret") },
  },
  {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/dockerconfigjson",
    metadata: meta("registry"),
    data: { ".dockerconfigjson": base64(`{"auths":{"r.io":{"password":"${plant("an image pull secret")}"}}}`) },
  },
  {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/service-account-token",
    metadata: meta("web-token", { annotations: { "kubernetes.io/service-account.name": "default" } }),
    data: { token: base64(plant("the token of a ServiceAccount", jwt)) },
  },
];

export const CONFIG: readonly Manifest[] = [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta("settings", {
      annotations: {
        [LAST_APPLIED]: `{"data":{"a":"${plant("last-applied of a ConfigMap")}"}}`,
        "example.com/note": `login with password=${plant("an annotation in words")}`,
        "example.com/api-token": plant("an annotation with a secret's name"),
      },
      labels: { "api-token": plant("a label") },
      managedFields: [
        {
          manager: "kubectl",
          operation: "Apply",
          apiVersion: "v1",
          time: "2026-01-01T00:00:00Z",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:metadata": { "f:finalizers": { [`v:"${plant("managedFields")}"`]: {} } } },
        },
      ],
    }),
    data: {
      GREETING: plant("a ConfigMap value"),
      "db.conf": `Server=db;Uid=app;Password=${plant("a connection string in a ConfigMap")};`,
      DB_PASSWORD: plantNumber("a number in a ConfigMap under a secret's name", "73019425"),
      "app.yaml": `url: amqp://app:${plant("a URL in a ConfigMap")}@mq/\n`,
    },
    binaryData: { blob: base64(plant("binaryData of a ConfigMap")) },
  },
];
