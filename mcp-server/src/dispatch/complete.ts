import { objectsAt, type SnapshotObject, textAt } from "@sre-agent/diagnosis";
import { isKubeError, type KubeObject, type Reader } from "@sre-agent/kube";
import { RUN_BOOKS } from "../prompts/run-books.ts";
import type { ToolContext } from "../tools/tool.ts";

/** What a client wants to complete, as the wire has it. */
export interface CompletionQuestion {
  /** Name of a prompt; absent for a resource template. */
  readonly prompt?: string;
  readonly argument: string;
  readonly value: string;
  /** Arguments that are filled in already. */
  readonly given: Readonly<Record<string, string>>;
}

type Complete = (reader: Reader, context: ToolContext, question: CompletionQuestion) => Promise<readonly string[]>;

const MAX_VALUES = 100;
const LISTED = 500;
const POD = { apiVersion: "v1", kind: "Pod" };

/** Values that begin as the given one does; none of what the caller may not read, and none when the cluster is away. */
export async function completions(
  reader: Reader,
  context: ToolContext,
  question: CompletionQuestion,
): Promise<readonly string[]> {
  const complete = COMPLETES[question.argument];
  if (complete === undefined) return [];
  try {
    const values = await complete(reader, context, question);
    const wanted = question.value.toLowerCase();
    const matching = values.filter((value) => value.toLowerCase().startsWith(wanted));
    return [...new Set(matching)].sort().slice(0, MAX_VALUES);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return [];
  }
}

const COMPLETES: Readonly<Record<string, Complete>> = {
  namespace: (reader, context) => namesOf(reader, context, { kind: "Namespace" }),
  kind: async (reader, { signal }) =>
    (await reader.discover({ signal })).filter(({ verbs }) => verbs.includes("get")).map(({ kind }) => kind),
  async name(reader, context, { prompt, given }) {
    const kinds = RUN_BOOKS.find(({ name }) => name === prompt)?.kinds ?? (given["kind"] ? [given["kind"]] : []);
    const namespace = given["namespace"];
    const place = namespace === undefined ? {} : { namespace };
    const names = await Promise.all(kinds.map((kind) => namesOf(reader, context, { kind, ...place })));
    return names.flat();
  },
  async container(reader, { mayRead, signal }, { given }) {
    const { namespace, name = "" } = given;
    if (namespace === undefined || (await mayRead({ kind: POD, namespace })) !== null) return [];
    const { items } = await reader.list<KubeObject & SnapshotObject>(POD, { namespace, limit: LISTED, signal });
    const pods = items.filter(({ metadata }) => metadata.name.startsWith(name));
    return pods.flatMap((pod) => objectsAt(pod, "spec", "containers").map((each) => textAt(each, "name") ?? ""));
  },
};

interface Listed {
  readonly kind: string;
  readonly namespace?: string;
}

async function namesOf(
  reader: Reader,
  { mayRead, signal }: ToolContext,
  { kind, namespace }: Listed,
): Promise<readonly string[]> {
  const type = await reader.resolve(kind, { signal });
  const ref = { apiVersion: type.apiVersion, kind: type.kind };
  const place = type.namespaced && namespace !== undefined ? { namespace } : {};
  if (type.namespaced && namespace === undefined) return [];
  if ((await mayRead({ kind: ref, ...place })) !== null) return [];
  const { rows } = await reader.table(ref, { ...place, limit: LISTED, signal });
  return rows.map(({ name }) => name);
}
