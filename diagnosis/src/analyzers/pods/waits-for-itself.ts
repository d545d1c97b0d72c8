import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { backingBehind } from "../network/backing.ts";
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
    const asked = path.includes(`initContainers[${container}]`) || said.includes(host);
    return client === workload && alone && asked;
  });
  return call?.target?.name;
}
