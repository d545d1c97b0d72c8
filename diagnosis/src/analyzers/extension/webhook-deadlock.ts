import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Backing, backingsOf } from "../network/backing.ts";
import type { Broken, Webhook } from "./broken-webhook.ts";

/**
 * A webhook that has to allow the very pods that would answer it, none of which is left: nobody can bring them back while
 * it stands. What it calls is down because of it, not the other way round.
 */
export function deadlock(
  index: SnapshotIndex,
  { spec, position, name }: Webhook,
  blocked: readonly SnapshotObject[],
): Broken | undefined {
  const [server, namespace] = ["name", "namespace"].map((field) => textAt(spec, "clientConfig", "service", field));
  const backing = emptyBackings(index, blocked).find(
    ({ service }) => service.metadata.name === server && service.metadata.namespace === namespace,
  );
  if (backing === undefined) return undefined;
  const owners = backing.workloads.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
  const selector = ["namespaceSelector", "objectSelector"].filter((field) => hasTerms(objectAt(spec, field)));
  const reach = selector.length === 0 ? "which no selector limits" : `by its ${selector.join(" and ")}`;
  const place = `webhooks[${position}]`;
  return {
    key: "deadlock",
    words: `calls Service/${server} in namespace ${namespace}, and has to allow the pods of ${owners}, which would answer it (its rules cover them, ${reach}): a deadlock, since none of them runs`,
    path: `webhooks[${name}].rules`,
    value: JSON.stringify(spec["rules"] ?? []),
    restsOn: [],
    fix: decision(
      `leave the pods of ${owners} out of the webhook: by a label of theirs in ${place}.objectSelector, or namespace ${namespace} in ${place}.namespaceSelector; or set ${place}.failurePolicy to Ignore until ${owners} runs. Waiting does not end it`,
    ),
  };
}

function hasTerms(selector: object): boolean {
  return Object.values(selector).some((terms) => Object.keys(terms ?? {}).length > 0);
}

/** The Services that have no pods since none of those behind them can be made. */
export function emptyBackings(index: SnapshotIndex, blocked: readonly SnapshotObject[]): readonly Backing[] {
  return backingsOf(index).filter(
    ({ pods, workloads }) =>
      pods.length === 0 && workloads.length > 0 && workloads.every((workload) => blocked.includes(workload)),
  );
}
