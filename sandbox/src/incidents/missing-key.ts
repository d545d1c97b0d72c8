import type { Manifest } from "../object.ts";
import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

const SETTINGS: Manifest = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "web-settings", namespace: "shop" },
  data: { LOG_LEVEL: "info", CACHE_TTL_SECONDS: "30" },
};

/** The first release already asks for a key that its ConfigMap does not have: no revision to return to, a name to correct. */
export const missingKey: Incident = {
  name: "missing-key",
  title: "web asks for a key that its ConfigMap does not have",
  objects: [
    namespace("shop"),
    SETTINGS,
    webService("shop", "web"),
    webDeployment({
      ...{ namespace: "shop", name: "web", command: "exec httpd -f -p 8080" },
      env: [{ name: "CACHE_TTL", valueFrom: { configMapKeyRef: { name: "web-settings", key: "CACHE_TTL" } } }],
    }),
  ],
  rules: [{ match: { command: "httpd" }, outcome: { kind: "runs", log: { first: ["listening on :8080"] } } }],
  steps: [],
};
