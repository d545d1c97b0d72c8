import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, minutesAgo } from "./builders.ts";
import { app, found, object } from "./objects.ts";

const plan = (spec: Fields, fields: Fields = {}): SnapshotObject => ({
  ...object("BackupPlan", "nightly", { spec, ...fields }),
  apiVersion: "backup.example.com/v1",
});
const secret = object("Secret", "s3-creds", { data: { token: "" } });
const READY = { status: { conditions: [{ type: "Ready", status: "True" }] } };
const to = (name: string, fields: Fields = {}) => ({ destination: { credentialsSecretRef: { name, ...fields } } });

describe("what a custom resource refers to", () => {
  test.each<readonly [string, readonly SnapshotObject[], string]>([
    [
      "a Secret",
      [secret, plan(to("s3-credz"))],
      "spec.destination.credentialsSecretRef.name of BackupPlan/nightly names Secret/s3-credz, which does not exist; the nearest is s3-creds",
    ],
    [
      "a key of a Secret",
      [secret, plan({ steps: [{ secretKeyRef: { name: "s3-creds", key: "tokens" } }] })],
      "spec.steps[0].secretKeyRef.key of BackupPlan/nightly names key tokens of Secret/s3-creds, which has none; the nearest is token",
    ],
    [
      "a workload by kind and name",
      [...app("books"), plan({ sourceRef: { kind: "Deployment", name: "bookz" } })],
      "spec.sourceRef.name of BackupPlan/nightly names Deployment/bookz, which does not exist; the nearest is books",
    ],
    [
      "a Service behind a route",
      [plan({ rules: [{ backendRefs: [{ name: "web", port: 80 }] }] })],
      "spec.rules[0].backendRefs[0].name of BackupPlan/nightly names Service/web, which does not exist",
    ],
  ])("%s that does not exist", (_, given, cause) => {
    expect(found(given)).toMatchObject([
      { severity: "warning", subject: { kind: "BackupPlan", name: "nightly" }, cause, fix: { kind: "decision" } },
    ]);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["it exists", [secret, plan(to("s3-creds", { key: "token" }))]],
    ["its controller is content", [secret, plan(to("s3-credz"), READY)]],
    ["it is of another namespace", [secret, plan(to("s3-credz", { namespace: "bank" }))]],
    ["it may be missing", [secret, plan(to("s3-credz", { optional: true }))]],
    ["its controller writes it", [secret, plan({ privateKeySecretRef: { name: "s3-credz" }, secretName: "made" })]],
    ["it has just come", [plan(to("s3-credz"), { metadata: { creationTimestamp: minutesAgo(0.1) } })]],
    ["a kind that is not looked at", [plan({ parentRefs: [{ kind: "Gateway", name: "edge" }] })]],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});
