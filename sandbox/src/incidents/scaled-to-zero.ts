import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

const WEB = { namespace: "shop", name: "web", command: "exec httpd -f -p 8080" };

/** A Deployment of three that somebody (step `scale-down`) sets to none, while a Service still leads to it. */
export const scaledToZero: Incident = {
  name: "scaled-to-zero",
  title: "web was scaled to zero, and its Service answers nothing",
  objects: [namespace("shop"), webService("shop", "web"), webDeployment(WEB)],
  rules: [{ match: { command: "httpd" }, outcome: { kind: "runs", log: { first: ["listening on :8080"] } } }],
  steps: [{ name: "scale-down", apply: [webDeployment({ ...WEB, replicas: 0 })] }],
};
