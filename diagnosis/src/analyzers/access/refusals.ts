import { eventMessage } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { containerStates } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** What the API server refused to a ServiceAccount, in its own words. */
export interface Refusal {
  readonly account: { readonly namespace: string; readonly name: string };
  readonly verb: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  readonly group: string;
  /** The one object that was asked for; absent for lists and creations, and where the words do not say it. */
  readonly objectName: string | undefined;
  /** Absent: at the cluster scope. */
  readonly namespace: string | undefined;
  readonly object: SnapshotObject;
  readonly path: string;
  readonly line: string;
}

const FORBIDDEN =
  /(?:"([a-z0-9.:-]+)" is forbidden: )?User "system:serviceaccount:([a-z0-9.-]+):([a-z0-9.-]+)" cannot ([a-z]+) resource "([a-z0-9./-]+)" in API group "([a-z0-9.-]*)"(?: in the namespace "([a-z0-9-]+)"| at the cluster scope)?/g;

/** The refusals in logs, last words and events, each once. */
export function refusalsIn(index: SnapshotIndex): readonly Refusal[] {
  const found = textsOf(index).flatMap(({ object, path, text }) =>
    // Programs that log JSON escape the quotes.
    [...text.replaceAll('\\"', '"').matchAll(FORBIDDEN)].map((match): Refusal => {
      const [whole, objectName, namespace = "", name = "", verb = "", resource = "", group = "", place] = match;
      const line = whole.slice(whole.indexOf("User "));
      return { account: { namespace, name }, verb, resource, group, objectName, namespace: place, object, path, line };
    }),
  );
  return [...new Map(found.map((one) => [one.line, one])).values()];
}

interface Text {
  readonly object: SnapshotObject;
  readonly path: string;
  readonly text: string;
}

function textsOf(index: SnapshotIndex): readonly Text[] {
  const logs = index.snapshot.logs.flatMap(({ namespace, pod, container, text }) => {
    const object = index.byName("Pod", namespace, pod);
    return object === undefined || !text.includes("cannot") ? [] : [{ object, path: `log[${container}]`, text }];
  });
  const words = index
    .ofKind("Pod")
    .flatMap((object) =>
      containerStates(object).flatMap(({ termination, terminationPath }) =>
        termination?.message ? [{ object, path: `${terminationPath}.message`, text: termination.message }] : [],
      ),
    );
  const events = index
    .ofKind("Event")
    .map((object) => ({ object, path: "message", text: eventMessage(object) }))
    .filter(({ text }) => text.includes("cannot"));
  return [...logs, ...words, ...events];
}
