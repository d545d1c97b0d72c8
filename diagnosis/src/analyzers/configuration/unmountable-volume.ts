import { fromTenant } from "../../findings/draft.ts";
import { type Json, objectsAt, textAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Reason } from "./missing-reference.ts";

/** Volumes that the kubelet cannot mount for what the node is or has: another type of file, a driver that is not there. */
export function unmountableVolume(workload: SnapshotObject, message: string): Reason | undefined {
  return hostPathType(workload, message) ?? unregisteredDriver(workload, message);
}

function hostPathType(workload: SnapshotObject, message: string): Reason | undefined {
  const [, path] = /hostPath type check failed: (\S+) is not an? /.exec(message) ?? [];
  const found = path === undefined ? undefined : volumeOf(workload, (one) => textAt(one, "hostPath", "path") === path);
  if (path === undefined || found === undefined) return undefined;
  const type = textAt(found.volume, "hostPath", "type") ?? "";
  const at = `${found.at}.hostPath.type`;
  const orCreate = type === "Directory" || type === "File" ? `, or let ${at} be ${type}OrCreate` : "";
  return {
    key: `host-path/${path}`,
    words: `${at} asks that ${path} on the node is a ${type}, and it is none`,
    decide: `make ${path} on the nodes (it may be absent, or something else), correct hostPath.path${orCreate}`,
    evidence: [fromTenant(workload, at, `${type} at ${path}`)],
  };
}

function unregisteredDriver(workload: SnapshotObject, message: string): Reason | undefined {
  const [, driver] = /driver name (\S+) not found in the list of registered CSI drivers/.exec(message) ?? [];
  if (driver === undefined) return undefined;
  const found = volumeOf(workload, (one) => textAt(one, "csi", "driver") === driver);
  const at = found === undefined ? "the driver of its volume" : `${found.at}.csi.driver`;
  return {
    key: `csi-driver/${driver}`,
    words: `no CSI driver ${driver} is registered on the pod's node (${at})`,
    decide: `install the CSI driver ${driver}, or get its pod on that node to run, or correct its name`,
    evidence: found === undefined ? [] : [fromTenant(workload, at, driver)],
  };
}

function volumeOf(workload: SnapshotObject, fits: (volume: Json) => boolean) {
  const volume = objectsAt(podSpecOf(workload), "volumes").find(fits);
  return volume && { volume, at: `${podSpecPath(workload)}.volumes[${textAt(volume, "name")}]` };
}
