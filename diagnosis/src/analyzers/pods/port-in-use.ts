import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** A port that another container of the pod, or another process, has already. */
export function portInUse(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!/address already in use|EADDRINUSE|bind.*in use/i.test(said)) return undefined;
  const port = /(?::|port )(\d{2,5})\b/i.exec(said)?.[1];
  const own = objectsAt(containerSpec(trouble.pod, trouble.container), "ports").map((one) =>
    numberAt(one, "containerPort"),
  );
  const others = objectsAt(podSpecOf(trouble.pod), "containers").filter(({ name }) => name !== trouble.container);
  const rival = others.find((one) =>
    objectsAt(one, "ports").some((each) => isPort(numberAt(each, "containerPort"), port, own)),
  );
  const name = textAt(rival, "name") ?? (others.length === 1 ? textAt(others[0], "name") : undefined);
  const named = port ?? declaredPort(others.find((one) => one["name"] === name));
  const what = named === undefined ? "the port" : `port ${named}`;
  if (name === undefined)
    return { words: `${what} is taken by another process of the pod`, decide: `give one of the two another port` };
  return {
    words: `container ${name} of the same pod has ${what}: the containers of a pod share one network`,
    decide: `let container ${name} or ${trouble.container} listen on another port`,
  };
}

/** The one port that a container declares. */
function declaredPort(container: unknown): string | undefined {
  const ports = objectsAt(container, "ports").flatMap((one) => numberAt(one, "containerPort") ?? []);
  return ports.length === 1 ? String(ports[0]) : undefined;
}

function isPort(declared: number | undefined, said: string | undefined, own: readonly (number | undefined)[]): boolean {
  return declared !== undefined && (said === undefined ? own.includes(declared) : String(declared) === said);
}
