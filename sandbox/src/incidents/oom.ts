import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

/** Fills memory on a real cluster; the rule stands for it here. */
const HUNGRY = 'echo "loading the catalogue"; exec tail /dev/zero';

const limited = (memory: string) => ({ requests: { memory: "16Mi" }, limits: { memory } });

/** A container that needs more memory than its limit, from its first release on. */
export const oom: Incident = {
  name: "oom",
  title: "web is killed for memory again and again",
  objects: [
    namespace("shop"),
    webService("shop", "web"),
    webDeployment({ namespace: "shop", name: "web", command: HUNGRY, resources: limited("32Mi") }),
  ],
  rules: [
    {
      match: { command: "/dev/zero" },
      outcome: { kind: "oom", afterMs: 100, log: { first: ["loading the catalogue"] } },
    },
  ],
  steps: [],
};
