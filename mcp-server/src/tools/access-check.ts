import { type Denial, deny } from "@sre-agent/crds";
import { ACCESS_KINDS, indexSnapshot, type SnapshotIndex } from "@sre-agent/diagnosis";
import type { AccessQuestion, Reviewer, UserInfo } from "@sre-agent/kube";
import {
  bindingsFor,
  bindingText,
  grants,
  rulesOf,
  serviceAccountUser,
  verbsOn,
  type Wish,
} from "../collect/access/bindings.ts";
import { collectSnapshot } from "../collect/collect-snapshot.ts";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { gapLine } from "./looked.ts";
import { namespaceOf } from "./namespace.ts";
import type { ToolContext, ToolHandler } from "./tool.ts";

interface AccessInput {
  readonly verb: string;
  readonly resource: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly serviceAccount?: string | undefined;
}

export interface AccessDependencies extends ReadDependencies {
  readonly reviewer: Reviewer;
}

const MAX_BINDINGS = 3;

interface Question {
  readonly user: UserInfo;
  readonly wish: Wish;
  readonly namespace: string | undefined;
}

/** Whether somebody may do something, as the API server decides it, and which rules make it so. */
export function createAccessCheck(dependencies: AccessDependencies): ToolHandler<AccessInput> {
  return async (input, context) => {
    const question = await questionOf(dependencies, input, context);
    if ("code" in question) return { ok: false, denial: question };
    const { allowed, reason } = await dependencies.reviewer.may(reviewOf(question), { signal: context.signal });
    const { why, gaps } = await reasonsOf(dependencies, question, { allowed, context });
    const sentence = `${verdictOf(question, allowed)} ${why}`;
    const evidence = evidenceOf(sentence);
    const told = reason === "" ? [] : [`The API server says: ${JSON.stringify(reason)}`];
    const text = [`[${evidence.id}] ${sentence}`, ...told, ...gapLine(gaps)].join("\n");
    return { ok: true, text, evidence: [evidence] };
  };
}

function reviewOf({ user, wish, namespace }: Question): AccessQuestion {
  const { verb, group, name } = wish;
  const [resource = "", subresource] = wish.resource.split("/");
  return {
    ...{ user, verb, group, resource },
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

function verdictOf({ user, wish, namespace }: Question, allowed: boolean): string {
  const where = namespace === undefined ? "cluster-wide" : `in ${namespace}`;
  const what = `${wish.verb} ${wish.resource}${wish.name === undefined ? "" : ` ${wish.name}`} ${where}`;
  return allowed ? `Yes: ${user.username} may ${what}.` : `No: ${user.username} may not ${what}.`;
}

async function questionOf(
  { reader, namespace: usual }: AccessDependencies,
  input: AccessInput,
  context: ToolContext,
): Promise<Question | Denial> {
  const [plural = "", subresource] = input.resource.split("/", 2);
  const type = await reader.resolve(plural, { signal: context.signal });
  const group = type.apiVersion.includes("/") ? (type.apiVersion.split("/")[0] ?? "") : "";
  const resource = subresource === undefined ? type.resource : `${type.resource}/${subresource}`;
  const place =
    type.namespaced || input.serviceAccount !== undefined ? namespaceOf(input.namespace, context, usual) : "";
  if (typeof place !== "string") return place;
  const user = await userOf(input.serviceAccount, place, context);
  if ("code" in user) return user;
  const wish = { verb: input.verb, group, resource, name: input.name };
  return { user, wish, namespace: type.namespaced ? place : undefined };
}

/** A ServiceAccount of a namespace that the caller reads in, or whoever stands behind the call. */
async function userOf(
  serviceAccount: string | undefined,
  namespace: string,
  { run, caller, mayRead }: ToolContext,
): Promise<UserInfo | Denial> {
  if (serviceAccount === undefined) {
    if (run === undefined) return caller;
    const username = run.investigation.spec.requester?.user;
    if (username !== undefined) return { username };
    return deny("SCHEMA_INVALID", "serviceAccount: is needed, since nobody requested this run.");
  }
  const forbidden = await mayRead({ kind: { apiVersion: "v1", kind: "ServiceAccount" }, namespace });
  return forbidden ?? serviceAccountUser(namespace, serviceAccount);
}

interface Reasons {
  readonly why: string;
  readonly gaps: readonly string[];
}

async function reasonsOf(
  { reader, now }: AccessDependencies,
  question: Question,
  { allowed, context }: { readonly allowed: boolean; readonly context: ToolContext },
): Promise<Reasons> {
  const { mayRead, signal } = context;
  const scope = question.namespace === undefined ? {} : { namespace: question.namespace };
  // Beyond namespaces no Role counts.
  const kinds =
    question.namespace === undefined ? ACCESS_KINDS.filter((kind) => kind.scope === "Cluster") : ACCESS_KINDS;
  const snapshot = await collectSnapshot({ reader, scope, now, logs: false, kinds, mayRead, signal });
  const gaps = [...snapshot.gaps, ...(snapshot.beyond ?? [])];
  const index = indexSnapshot(snapshot);
  return { why: allowed ? grantedBy(index, question) : notGranted(index, question), gaps };
}

function grantedBy(index: SnapshotIndex, { user, namespace, wish }: Question): string {
  const granting = bindingsFor(index, user, namespace).filter((binding) =>
    rulesOf(index, binding)?.some((rule) => grants(rule, wish)),
  );
  if (granting.length === 0) return "No role that could be read grants it: another authorizer, or a role out of sight.";
  const left = granting.length - MAX_BINDINGS;
  return `Granted by ${granting.slice(0, MAX_BINDINGS).map(bindingText).join(", ")}${left > 0 ? ` and ${left} more` : ""}.`;
}

function notGranted(index: SnapshotIndex, { user, namespace, wish }: Question): string {
  const bindings = bindingsFor(index, user, namespace);
  const near = bindings.flatMap((binding) =>
    (rulesOf(index, binding) ?? []).flatMap((rule) => {
      const verbs = verbsOn(rule, wish);
      return verbs === undefined ? [] : [`${bindingText(binding)} grants ${verbs} on ${wish.resource}`];
    }),
  );
  const dangling = bindings
    .filter((binding) => index.knows("Role") && rulesOf(index, binding) === undefined)
    .map((binding) => `the role of ${bindingText(binding)} does not exist`);
  const details = [...near, ...dangling].slice(0, MAX_BINDINGS);
  const bound = bindings.length === 0 ? "No binding names it" : `None of its ${bindings.length} bindings grants it`;
  return `${bound}${details.length === 0 ? "" : `: ${details.join("; ")}`}.`;
}
