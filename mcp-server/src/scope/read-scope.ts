import { API_VERSION, type Denial, deny, REMEDIATION } from "@sre-agent/crds";
import { isKubeError, type KindRef, type Reader, type Reviewer, type UserInfo } from "@sre-agent/kube";
import type { Run, ToolContext } from "../tools/tool.ts";

type Question = Parameters<ToolContext["mayRead"]>[0];

export interface ReadScopeOptions {
  readonly reader: Reader;
  readonly reviewer: Reviewer;
  readonly caller: UserInfo;
  /** On stdio: the API server judges the kubeconfig itself. */
  readonly local: boolean;
  readonly run?: Run;
  /** True for the agent's own identity, which has no right of its own in Kubernetes. */
  readonly agent: boolean;
  readonly signal: AbortSignal;
}

/**
 * What a caller may read. In a run: its namespace, and what its requester may read; no requester, nothing more. Without
 * a run: on stdio what the kubeconfig may, over HTTP what the authenticated user may; and the agent the ledger, since
 * it passes on the operator's request to execute a record. No model can make that call.
 */
export function createReadScope(options: ReadScopeOptions): ToolContext["mayRead"] {
  const { run } = options;
  return async (question) => (run === undefined ? withoutRun(options, question) : inRun(options, run, question));
}

async function withoutRun(options: ReadScopeOptions, question: Question): Promise<Denial | null> {
  if (options.local || (options.agent && isLedger(question))) return null;
  return reviewed(options, options.caller, question);
}

async function inRun(options: ReadScopeOptions, run: Run, question: Question): Promise<Denial | null> {
  const { namespace } = run.reference;
  if (question.namespace === namespace) return null;
  const user = run.investigation.spec.requester?.user;
  if (user === undefined) return outside(question, namespace);
  return reviewed(options, { username: user }, question);
}

function isLedger({ kind }: Question): boolean {
  return kind !== "logs" && kind.apiVersion === API_VERSION && kind.kind === REMEDIATION.kind;
}

function outside({ namespace }: Question, own: string): Denial {
  const where = namespace === undefined ? "beyond namespaces" : `in ${namespace}`;
  return deny("READ_FORBIDDEN", `The investigation reads in ${own}; reading ${where} takes a requester who may.`);
}

async function reviewed({ reader, reviewer, signal }: ReadScopeOptions, user: UserInfo, question: Question) {
  const { kind, namespace } = question;
  try {
    const attributes = kind === "logs" ? LOGS : await attributesOf(reader, kind);
    const place = namespace === undefined ? {} : { namespace };
    const { allowed, reason } = await reviewer.may({ user, ...attributes, ...place }, { signal });
    if (allowed) return null;
    const where = namespace === undefined ? "cluster-wide" : `in ${namespace}`;
    const why = reason === "" ? "" : ` (${reason})`;
    return deny("READ_FORBIDDEN", `${user.username} may not read ${attributes.resource} ${where}${why}.`);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return deny("READ_FORBIDDEN", `Whether ${user.username} may read this could not be asked: ${error.message}`);
  }
}

const LOGS = { verb: "get", group: "", resource: "pods", subresource: "log" } as const;

async function attributesOf(reader: Reader, { apiVersion, kind }: KindRef) {
  const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
  const type = (await reader.discover()).find((each) => each.kind === kind && each.apiVersion === apiVersion);
  const { resource } = type ?? (await reader.resolve(kind));
  return { verb: "list", group, resource } as const;
}
