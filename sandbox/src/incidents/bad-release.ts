import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

const LOG_LEVEL = { name: "LOG_LEVEL", value: "info" };

/** A healthy release, then (step `release`) one that lost a variable: its container exits at once, old pods stay. */
export function lostVariable(name: string, title: string, replicas: number): Incident {
  const web = { namespace: "shop", name: "web", replicas };
  return {
    name,
    title,
    objects: [
      namespace("shop"),
      webService("shop", "web"),
      webDeployment({
        ...web,
        env: [LOG_LEVEL, { name: "DATABASE_URL", value: "postgres://db.example.com:5432/shop" }],
      }),
    ],
    rules: [
      {
        match: { command: 'test -n "$DATABASE_URL"', envMissing: "DATABASE_URL" },
        outcome: { kind: "exits", code: 1, afterMs: 50, log: { first: ["fatal: DATABASE_URL is not set"] } },
      },
      { match: { command: "httpd" }, outcome: { kind: "runs", log: { first: ["listening on :8080"] } } },
    ],
    steps: [{ name: "release", apply: [webDeployment({ ...web, env: [{ name: "LOG_LEVEL", value: "debug" }] })] }],
  };
}

export const badRelease = lostVariable("bad-release", "A new release of web crashes because it lost DATABASE_URL", 3);
