import { expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { app, CRASHING, found, object, said, service } from "./objects.ts";

/** A login that is refused is about two places of one password; the server that refuses is well. */
const secret = (env: string, name: string) => ({
  name: env,
  valueFrom: { secretKeyRef: { name, key: "password" } },
});
const secrets = ["app-db", "pg"].map((name) => object("Secret", name, { data: { password: "" } }));
const server = [
  ...app("pg", { container: { env: [secret("POSTGRES_PASSWORD", "pg")] } }),
  service("pg", { ports: [{ port: 5432 }] }),
];
const client = (name: string, parts = CRASHING) =>
  app("web", { container: { env: [{ name: "DB_HOST", value: "pg" }, secret("DB_PASSWORD", name)] }, ...parts });
const REFUSED = 'FATAL: password authentication failed for user "app"';
const told = said("pg-0", Array(4).fill(REFUSED).join("\n"));
const all = (clients: readonly SnapshotObject[]) => [...secrets, ...server, ...clients];

test("two Secrets for one password are named, and what the server says of it is a symptom", () => {
  const [finding, ...others] = found(all(client("app-db")), [said("web-0", REFUSED), told]);
  expect(others).toEqual([]);
  expect(finding?.cause).toContain(
    "its password is key password of Secret app-db (env DB_PASSWORD), and Deployment/pg, which it calls, has key password of Secret pg (env POSTGRES_PASSWORD)",
  );
  expect(finding?.fix?.summary).toMatch(/^make key password of Secret app-db and key password of Secret pg equal/);
  expect(finding?.explains).toContainEqual({
    subject: expect.objectContaining({ kind: "Deployment", name: "pg" }),
    symptom: "container main keeps logging errors",
  });
});

test("silent about Secrets where both read the same key", () => {
  const [finding] = found(all(client("pg")), [said("web-0", REFUSED)]);
  expect(finding?.cause).toBe(`container main exits 1: "${REFUSED}"`);
});

test("what a server says of somebody whom nobody knows stands for itself", () => {
  const findings = found(all(client("app-db", { ready: true })), [told]);
  expect(findings).toMatchObject([{ analyzer: "logged-errors", subject: { name: "pg" } }]);
});
