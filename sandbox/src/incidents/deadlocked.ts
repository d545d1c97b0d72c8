import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

const HANGS_AT_MS = 12_000;

/** On a real cluster it takes the same time to hang after each start. */
const HANGS = `touch /tmp/ready; echo "listening on :8080"; (sleep ${HANGS_AT_MS / 1000}; rm /tmp/ready; echo "waiting for a lock") & exec httpd -f -p 8080`;

/** Every pod stops to answer at one moment: a lock that nobody releases. What starts afterwards works. */
export const deadlocked: Incident = {
  name: "deadlocked",
  title: "The pods of shop/web run, and answer nothing any more",
  objects: [
    namespace("shop"),
    webService("shop", "web"),
    webDeployment({
      ...{ namespace: "shop", name: "web", command: HANGS },
      readinessProbe: { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 1 },
    }),
  ],
  rules: [
    {
      match: { command: "waiting for a lock" },
      outcome: { kind: "runs", log: { first: ["listening on :8080"] }, hangsAtMs: HANGS_AT_MS },
    },
  ],
  steps: [],
};
