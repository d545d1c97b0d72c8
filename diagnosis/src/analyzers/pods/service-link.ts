import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { variablesOf } from "./visible-variables.ts";

/** `REDIS_PORT`, `REDIS_SERVICE_HOST`, `REDIS_PORT_6379_TCP_ADDR`: what a container gets for every Service beside it. */
const LINK = /\b([A-Z][A-Z0-9_]*?)_(?:SERVICE_(?:HOST|PORT)|PORT)(?:_[A-Z0-9_]+)?\b/g;
/** That it is not there is another matter. */
const ABSENT = /not set|missing|required|unset|undefined|no value/i;

/** A variable that nobody set: the kubelet makes one for each Service, and the program takes it for a setting of its own. */
export function serviceLink(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const { pod, container, workload } = trouble;
  if (ABSENT.test(said) || podSpecOf(pod)["enableServiceLinks"] === false) return undefined;
  const { all, known } = variablesOf(index, pod.metadata.namespace ?? "", objectAt(containerSpec(pod, container)));
  const services = index.inNamespace("Service", pod.metadata.namespace ?? "").filter(isLinked);
  const named = [...said.matchAll(LINK)].flatMap(([variable, prefix = ""]) => {
    const service = services.find((one) => prefixOf(one) === prefix);
    return service === undefined || all.some(({ name }) => name === variable) ? [] : [{ variable, service }];
  });
  const [found] = [...named, ...byValue(services, said)];
  if (found === undefined || !known || all.some(({ name }) => name === found.variable)) return undefined;
  const { variable, service } = found;
  const field = `${podSpecPath(workload)}.enableServiceLinks`;
  return {
    words: `no env of container ${container} sets ${variable}: the kubelet does, for Service ${service.metadata.name} (${linkOf(service)}), since ${field} is not false`,
    decide: `set ${field} to false, or env ${variable} of container ${container} to what the program expects`,
  };
}

function isLinked(service: SnapshotObject): boolean {
  const address = textAt(service, "spec", "clusterIP") ?? "None";
  return address !== "None" && address !== "";
}

function prefixOf({ metadata }: SnapshotObject): string {
  return metadata.name.toUpperCase().replace(/-/g, "_");
}

/** `tcp://10.96.0.7:6379`. */
function linkOf(service: SnapshotObject): string {
  const [port] = objectsAt(service, "spec", "ports");
  const protocol = (textAt(port, "protocol") ?? "TCP").toLowerCase();
  return `${protocol}://${textAt(service, "spec", "clusterIP")}:${numberAt(port, "port")}`;
}

function byValue(services: readonly SnapshotObject[], said: string) {
  return services
    .filter((service) => said.includes(linkOf(service)))
    .map((service) => ({ variable: `${prefixOf(service)}_PORT`, service }));
}
