import { namespace } from "./cluster-objects.ts";
import type { Incident } from "./incident.ts";
import { webDeployment, webService } from "./web-manifests.ts";

const IMAGE = "registry.invalid/shop/web:2.0.0";

/** The first revision already names an image that nobody can pull: there is nothing to go back to. */
export const noAllowedAction: Incident = {
  name: "no-allowed-action",
  title: "web never started: its image cannot be pulled, and no earlier revision exists",
  objects: [
    namespace("shop"),
    webService("shop", "web"),
    pulled(webDeployment({ namespace: "shop", name: "web", image: IMAGE, command: "exec httpd -f -p 8080" })),
  ],
  rules: [
    {
      match: { image: "registry.invalid/" },
      outcome: {
        kind: "pullFails",
        message: `failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": failed to do request: Head "https://registry.invalid/v2/shop/web/manifests/2.0.0": dial tcp: lookup registry.invalid: no such host`,
      },
    },
  ],
  steps: [],
};

/** On a real cluster the node has to try. */
function pulled<T>(manifest: T): T {
  return JSON.parse(JSON.stringify(manifest).replaceAll('"Never"', '"IfNotPresent"')) as T;
}
