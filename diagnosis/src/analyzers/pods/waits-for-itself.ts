import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { commandOf, containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { backingBehind } from "../network/backing.ts";
import { namesHost } from "../network/client-trouble.ts";
import { callsOf } from "../network/clients.ts";
import type { Trouble } from "./container-trouble.ts";

/** The Service that an init container calls when only the pods behind it can answer, which start after the init container. */
export function ownService(
  index: SnapshotIndex,
  { workload, container, state }: Trouble,
  said: string,
): string | undefined {
  if (!state.init) return undefined;
  const call = callsOf(index).find(({ client, path, host, target }) => {
    const service = target && index.byName("Service", target.namespace, target.name);
    const backing = service && backingBehind(index, service);
    const alone = backing?.workloads.length === 1 && backing.workloads[0] === workload;
    const asked = path.includes(`initContainers[${container}]`) || namesHost(said, host);
    return client === workload && alone && asked;
  });
  return call?.target?.name;
}

const LOOPBACK = /(?:127\.0\.0\.1|localhost|\[::1\])[: ](\d{1,5})\b/;

/** The plain container of the same pod that an init container asks by the loopback address: it starts after all of them. */
export function laterContainer({ pod, container, state }: Trouble, said: string): LaterContainer | undefined {
  if (!state.init) return undefined;
  const spec = containerSpec(pod, container);
  const [, port] = LOOPBACK.exec(said) ?? LOOPBACK.exec(commandOf(spec).join("\n")) ?? [];
  const later = objectsAt(podSpecOf(pod), "containers").find((one) =>
    objectsAt(one, "ports").some((each) => String(numberAt(each, "containerPort")) === port),
  );
  const name = textAt(later, "name");
  return name === undefined || port === undefined ? undefined : { name, port };
}

interface LaterContainer {
  readonly name: string;
  readonly port: string;
}
