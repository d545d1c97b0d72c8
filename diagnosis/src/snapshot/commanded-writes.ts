import type { SnapshotIndex } from "./index-snapshot.ts";
import { objectAt, objectsAt, valueAt } from "./json.ts";
import { commandOf } from "./pod-state.ts";
import { podSpecOf } from "./pod-template.ts";
import { referencesOf } from "./references.ts";
import type { SnapshotObject } from "./snapshot.ts";

/** A workload that a program is told to change, and in which words. */
export interface CommandedWrite {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly name: string;
  /** `scale`, `patch`, `PATCH`: no values, which may be secret. */
  readonly verb: string;
  /** The container whose command says it, or whose script in a ConfigMap does. */
  readonly container: string;
}

const KINDS: Readonly<Record<string, CommandedWrite["kind"]>> = {
  deploy: "Deployment",
  deployment: "Deployment",
  sts: "StatefulSet",
  statefulset: "StatefulSet",
  ds: "DaemonSet",
  daemonset: "DaemonSet",
};
const KUBECTL = /\bkubectl\b[^\n;|&]*?\b(scale|patch|set|edit|replace|rollout undo)\b([^\n;|&]*)/g;
const NAMED =
  /(?:^|\s)(deployments?|deploy|statefulsets?|sts|daemonsets?|ds)(?:\.[a-z0-9.]+)?[\s/]+([a-z0-9][a-z0-9.-]*)/g;
const REQUEST = /(?:-X|--request)[ =]?\s*["']?(PATCH|PUT)\b/;
const PATH = /\/apis\/apps\/v1\/namespaces\/[^/\s]+\/(deployments|statefulsets|daemonsets)\/([a-z0-9][a-z0-9.-]*)/g;
const MAX_TEXT = 100_000;

/** What the containers of a workload are told to change: by kubectl, or by requests of their own to the API. */
export function commandedWrites(index: SnapshotIndex, workload: SnapshotObject): readonly CommandedWrite[] {
  const spec = podSpecOf(workload);
  const scripts = referencesOf(spec)
    .filter(({ kind }) => kind === "ConfigMap")
    .map(({ name }) => index.byName("ConfigMap", workload.metadata.namespace, name))
    .flatMap((map) => Object.values(objectAt(map, "data")).filter((script) => typeof script === "string"));
  return objectsAt(spec, "containers").flatMap((container) => {
    return [commandOf(container).join(" "), ...scripts].flatMap((text) =>
      writesIn(text.slice(0, MAX_TEXT), String(container["name"])),
    );
  });
}

function writesIn(text: string, container: string): readonly CommandedWrite[] {
  const commands = [...text.matchAll(KUBECTL)].flatMap(([, verb = "", rest = ""]) =>
    [...rest.matchAll(NAMED)].flatMap((named) => writeOf(named, { verb, container })),
  );
  const method = REQUEST.exec(text)?.[1];
  const requests =
    method === undefined
      ? []
      : [...text.matchAll(PATH)].flatMap((named) => writeOf(named, { verb: method, container }));
  return [...commands, ...requests];
}

function writeOf(
  [, plural = "", name = ""]: RegExpExecArray,
  told: Pick<CommandedWrite, "verb" | "container">,
): readonly CommandedWrite[] {
  const kind = valueAt(KINDS, plural.replace(/s$/, "")) ?? valueAt(KINDS, plural);
  return typeof kind === "string" ? [{ kind: kind as CommandedWrite["kind"], name, ...told }] : [];
}
