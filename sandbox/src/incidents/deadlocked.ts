import type { Manifest } from "../object.ts";
import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

/** On a real cluster the process sees the lock in its volume, as soon as the kubelet has brought it there. */
const WAITS_FOR_LOCK =
  'before=$(ls /etc/lock); touch /tmp/ready; echo "listening on :8080"; (while [ "$(ls /etc/lock)" = "$before" ]; do sleep 1; done; rm /tmp/ready; echo "waiting for a lock") & exec httpd -f -p 8080';

const LOCK: Manifest = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "web-lock", namespace: "shop" },
  data: { held: "yes" },
};

/** Every pod stops to answer when the lock (step `lock`) appears, and none of them gives up. What starts later works. */
export const deadlocked: Incident = {
  name: "deadlocked",
  title: "The pods of web run, and answer nothing any more",
  objects: [
    namespace("shop"),
    webService("shop", "web"),
    webDeployment({
      ...{ namespace: "shop", name: "web", command: WAITS_FOR_LOCK },
      readinessProbe: { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 1 },
      volume: { name: "lock", mountPath: "/etc/lock", source: { configMap: { name: "web-lock", optional: true } } },
    }),
  ],
  rules: [
    {
      match: { command: "waiting for a lock" },
      outcome: { kind: "runs", log: { first: ["listening on :8080"] }, hangsWith: "web-lock" },
    },
  ],
  steps: [{ name: "lock", apply: [LOCK] }],
};
