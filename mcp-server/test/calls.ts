import { DENIAL_META_KEY, RUN_META_KEY } from "@sre-agent/crds";
import { type Connection, connect, createReader, createReviewer, systemClock } from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { createCall, readTools, type WireReply } from "../src/index.ts";

export const AGENT = "system:serviceaccount:sre-system:sre-agent";

export interface Caller {
  /** Over HTTP as this user; absent: on stdio. */
  readonly as?: string;
  readonly run?: { readonly namespace: string; readonly name: string; readonly uid: string };
}

/** The read tools over a sandbox cluster, called as a client's message would call them. */
export interface Calls {
  readonly sandbox: Sandbox;
  readonly connection: Connection;
  call(name: string, args?: object, caller?: Caller): Promise<WireReply>;
  stop(): Promise<void>;
}

export async function startCalls(incident?: keyof typeof INCIDENTS): Promise<Calls> {
  const sandbox = await startSandbox(incident === undefined ? {} : { incident: INCIDENTS[incident] });
  const connection = await connect({ server: sandbox.url, token: sandbox.tokenFor("mcp-read") });
  const reader = createReader(connection);
  const pseudonym = createPseudonyms(Buffer.alloc(32, 7));
  const options = {
    tools: readTools({
      reader,
      reviewer: createReviewer(connection),
      now: systemClock.now,
      pseudonym,
      namespace: "shop",
    }),
    reader,
    reviewer: createReviewer(connection),
    pseudonym,
    runPrincipals: [AGENT],
    now: systemClock.now,
    onCall: () => undefined,
  };
  const local = createCall({ ...options, localCaller: { username: "me" } });
  const remote = createCall(options);
  return {
    sandbox,
    connection,
    call(name, args = {}, { as, run } = {}) {
      const meta = run === undefined ? undefined : { [RUN_META_KEY]: run };
      const principal = as === undefined ? undefined : { username: as };
      const signal = new AbortController().signal;
      return (as === undefined ? local : remote)({ name, args, meta, principal, signal });
    },
    async stop() {
      await connection.close();
      await sandbox.stop();
    },
  };
}

export const textOf = (reply: WireReply) => reply.content[0]?.text ?? "";
export const codeOf = (reply: WireReply) => (reply._meta[DENIAL_META_KEY] as { code: string } | undefined)?.code;
export const tokensOf = (reply: WireReply) => encode(textOf(reply)).length;
