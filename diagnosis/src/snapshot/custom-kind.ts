/** Groups below k8s.io that the API server, or an aggregated one, serves by itself. */
const BUILT_IN =
  /^(?:admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration|metrics|custom\.metrics|external\.metrics)\.k8s\.io$/;

/** Whether a kind of this apiVersion is a custom one: its group is a domain, and none of Kubernetes' own. */
export function isCustom(apiVersion: string): boolean {
  const [group = "", version] = apiVersion.split("/");
  return version !== undefined && group.includes(".") && !BUILT_IN.test(group);
}
