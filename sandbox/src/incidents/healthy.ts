import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

const NOISE = [
  "INFO request finished status=200 error=0",
  "INFO 0 errors, 0 failed, 120 ok",
  "WARN cache miss for key=fatal-flaw-report, fetching",
  "INFO retry policy: error budget 99.98 % left",
];

/** Prints the same noise on a real cluster as its rule prints here. */
const CHATTY = `echo "listening on :8080"; httpd -p 8080; while :; do ${NOISE.map((line) => `echo "${line}"`).join("; ")}; sleep 1; done`;

const DAY_MS = 24 * 3_600_000;

/** Nothing is wrong: logs that speak of errors without any, and restarts of three days ago. */
export const healthy: Incident = {
  name: "healthy",
  title: "web is healthy; its logs are noisy and its restarts old",
  objects: [
    namespace("shop"),
    webService("shop", "web"),
    webDeployment({ namespace: "shop", name: "web", command: CHATTY }),
  ],
  rules: [
    {
      match: { namespace: "shop", command: "error=0" },
      outcome: {
        kind: "runs",
        log: { first: ["listening on :8080"], repeat: { everyMs: 250, lines: NOISE } },
        restarts: { count: 2, agoMs: 3 * DAY_MS, exitCode: 143, reason: "Error" },
      },
    },
  ],
  steps: [],
};
