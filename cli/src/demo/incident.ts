import { API_VERSION } from "@sre-agent/crds";
import type { NewObject } from "@sre-agent/kube";
import type { Playground } from "./playground.ts";

/** The incident that the demo plays, the same objects on the embedded and on a real cluster. */

export const WORKLOAD = "web";
const REPLICAS = 2;
const labels = { app: WORKLOAD };

/** Serves while DATABASE_URL is set; says what is missing and dies when it is not. */
const SCRIPT =
  'test -n "$DATABASE_URL" || { echo "fatal: DATABASE_URL is not set"; exit 1; }; echo "listening on :8080"; exec httpd -f -p 8080';

function deployment({ namespace, image }: Playground, environment: readonly object[]): NewObject {
  const container = {
    name: "web",
    image: image.name,
    imagePullPolicy: image.pullPolicy,
    command: ["sh", "-c", SCRIPT],
    env: environment,
    ports: [{ containerPort: 8080 }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: WORKLOAD, namespace, labels },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [container] },
      },
    },
  };
}

const DATABASE = { name: "DATABASE_URL", value: "postgres://db.shop:5432/orders" };
const LOG_LEVEL = { name: "LOG_LEVEL", value: "info" };

/** The release that works. */
export const goodRelease = (playground: Playground) => deployment(playground, [DATABASE]);

/** The release after it: someone added LOG_LEVEL and lost DATABASE_URL. */
export const badRelease = (playground: Playground) => deployment(playground, [LOG_LEVEL]);

/** What watches it, and what may be done: a trigger and one allow-list entry. */
export function watch({ namespace }: Playground): readonly NewObject[] {
  const reasons = ["CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError"];
  return [
    {
      apiVersion: API_VERSION,
      kind: "SreAction",
      metadata: { name: "roll-back", namespace },
      spec: {
        type: "Rollback",
        targets: [{ kind: "Deployment", selector: { matchLabels: labels } }],
        mode: "approve",
        verify: { within: "60s", stableFor: "5s" },
      },
    },
    {
      apiVersion: API_VERSION,
      kind: "SreTrigger",
      metadata: { name: "unwell", namespace },
      spec: {
        target: { kinds: ["Deployment"] },
        when: [{ condition: { on: "Pods", type: "Ready", status: "False", reasons } }],
        actionRefs: ["roll-back"],
        mode: "approve",
      },
    },
  ];
}
