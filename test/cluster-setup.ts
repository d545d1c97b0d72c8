import { execFileSync } from "node:child_process";
import { join } from "node:path";

const manifests = (folder: string) => join(import.meta.dirname, "..", folder, "manifests");
const kubectl = (...args: readonly string[]) =>
  execFileSync("kubectl", [...args], { stdio: ["ignore", "pipe", "pipe"] });

const SERVED_WITHIN = "--timeout=60s";

/** Once before all cluster tests: our kinds, identities and policies are installed, and the kinds are served. */
export function setup(): void {
  kubectl("apply", "-f", manifests("crds"));
  kubectl("wait", "--for=condition=Established", SERVED_WITHIN, "-f", manifests("crds"));
  kubectl("apply", "-f", manifests("deploy"));
}
