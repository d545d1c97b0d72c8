import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

const WEB = { namespace: "shop", name: "web", replicas: 200 };
const LOG_LEVEL = { name: "LOG_LEVEL", value: "info" };

/** Two hundred pods that fail together: one root, so one investigation. */
export const storm: Incident = {
  name: "storm",
  title: "A release of shop/web with 200 pods crashes: one cause, one investigation",
  objects: [
    namespace("shop"),
    webService("shop", "web"),
    webDeployment({ ...WEB, env: [LOG_LEVEL, { name: "DATABASE_URL", value: "postgres://db.shop.svc:5432/shop" }] }),
  ],
  rules: [
    {
      match: { command: 'test -n "$DATABASE_URL"', envMissing: "DATABASE_URL" },
      outcome: { kind: "exits", code: 1, afterMs: 50, log: { first: ["fatal: DATABASE_URL is not set"] } },
    },
    { match: { command: "httpd" }, outcome: { kind: "runs", log: { first: ["listening on :8080"] } } },
  ],
  steps: [{ name: "release", apply: [webDeployment({ ...WEB, env: [{ name: "LOG_LEVEL", value: "debug" }] })] }],
};
