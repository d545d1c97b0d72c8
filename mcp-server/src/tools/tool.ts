import type { Denial, RunReference, SreInvestigation } from "@sre-agent/crds";
import type { KindRef, UserInfo } from "@sre-agent/kube";
import type { z } from "zod";
import type { Elicit } from "../conversations.ts";
import type { EvidenceAnswer } from "../reply/evidence-store.ts";

/** What a tool is, without how it works: the catalog lists these, and list, call, guards, docs and RBAC derive from it. */
export interface ToolDescriptor<Input extends z.ZodType = z.ZodType> {
  /** `^[a-z][a-z0-9_]{2,39}$`. */
  readonly name: string;
  readonly title: string;
  /** ≤ 400 characters; the first sentence says when to use it. */
  readonly description: string;
  /** z.strictObject with bounds: an unknown argument is refused by name. */
  readonly input: Input;
  /** `act` tools exist in the act server only. */
  readonly role: "read" | "act";
  /** `client` tools are for people's clients and for /execute; they are never offered to a model. */
  readonly audience: "model" | "client";
  readonly hints: {
    readonly readOnly: boolean;
    readonly destructive: boolean;
    readonly idempotent: boolean;
    readonly openWorld: boolean;
  };
}

/** The run behind a call, as the server itself read it. */
export interface Run {
  readonly reference: RunReference;
  readonly investigation: SreInvestigation;
}

/** Everything a handler knows about its caller. Nothing of it comes from an argument of the model. */
export interface ToolContext {
  /** Authenticated over HTTP; on stdio the owner of the kubeconfig. */
  readonly caller: UserInfo;
  /** True on stdio: the API server's own authorization of the kubeconfig is the limit. */
  readonly local: boolean;
  readonly run?: Run;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** Asks the person at the client; present on stdio alone, when the client can ask. */
  readonly elicit?: Elicit;
  /** What an id of an earlier reply to this caller in this run stands for; absent where nothing is kept. */
  readonly evidence?: (id: string) => EvidenceAnswer;
  /** null when the caller may read this; `namespace` absent: cluster-wide or cluster-scoped. */
  mayRead(question: { readonly kind: KindRef | "logs"; readonly namespace?: string }): Promise<Denial | null>;
}

/** One piece of evidence: its id is a content hash; it is redacted and kept for `evidence_read`. */
export interface Evidence {
  readonly id: string;
  readonly text: string;
  /** What `text` was condensed from; absent: nothing longer. */
  readonly original?: string;
  /** Where a text comes from that a tenant can write: it is read back inside an envelope. */
  readonly source?: string;
}

/** A refusal is a value; text is bounded to the reply budget in one place, after the handler. */
export type ToolReply =
  | { readonly ok: true; readonly text: string; readonly structured?: object; readonly evidence: readonly Evidence[] }
  | { readonly ok: false; readonly denial: Denial };

/** May throw KubeError; the caller maps it to a Denial. Must not throw anything else. */
export type ToolHandler<Input = unknown> = (input: Input, context: ToolContext) => Promise<ToolReply>;

export interface Tool {
  readonly descriptor: ToolDescriptor;
  readonly handle: ToolHandler<never>;
}
