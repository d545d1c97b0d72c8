import type { TokenCredential } from "@azure/identity";
import type { ModelConfig } from "./model-config.ts";
import { ModelError } from "./model-error.ts";

/** What a request to the model's endpoint is authorized with. */
export interface Credential {
  /** Read for every attempt. Rejects with ModelError. */
  current(signal: AbortSignal): Promise<string>;
  /** Another one after `refused` was answered 401; undefined when there is none. */
  renewed(refused: string, signal: AbortSignal): Promise<string | undefined>;
}

/** An API key that may be rotated at any time. */
export function keyCredential(read: () => string): Credential {
  const current = async () => {
    try {
      return read();
    } catch (cause) {
      throw new ModelError("auth", "The key of the model's endpoint cannot be read.", { cause });
    }
  };
  return {
    current,
    async renewed(refused) {
      const key = await current();
      return key === refused ? undefined : key;
    },
  };
}

export interface EntraOptions {
  readonly scope: string;
  /** A credential without tokens; called at the first use, and again when a token was refused. */
  readonly connect: () => Promise<TokenCredential>;
}

const NO_TOKEN =
  "No Entra ID token for the model's endpoint: give the pod a workload identity with the role Cognitive Services OpenAI User, or sign in.";

/** Tokens of Microsoft Entra ID; the credential keeps them until they expire. */
export function entraCredential({ scope, connect }: EntraOptions): Credential {
  let connected: Promise<TokenCredential> | undefined;

  /** A connection that could not be made is made anew the next time. */
  function identity(): Promise<TokenCredential> {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  }

  async function ask(abortSignal: AbortSignal) {
    try {
      return await (await identity()).getToken(scope, { abortSignal });
    } catch (cause) {
      throw new ModelError(abortSignal.aborted ? "aborted" : "auth", NO_TOKEN, { cause });
    }
  }

  async function current(abortSignal: AbortSignal): Promise<string> {
    const got = await ask(abortSignal);
    if (got === null) throw new ModelError("auth", NO_TOKEN);
    return got.token;
  }

  return {
    current,
    async renewed(refused, signal) {
      connected = undefined;
      const token = await current(signal);
      return token === refused ? undefined : token;
    },
  };
}

type Identity = Pick<ModelConfig, "AZURE_TENANT_ID" | "AZURE_CLIENT_ID" | "AZURE_FEDERATED_TOKEN_FILE">;

/** The pod's workload identity where it is set up, else whatever the machine offers. Loads the SDK. */
export async function connectEntra(identity: Identity): Promise<TokenCredential> {
  const { DefaultAzureCredential, WorkloadIdentityCredential } = await import("@azure/identity");
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_FEDERATED_TOKEN_FILE: tokenFilePath } = identity;
  if (tenantId === undefined || clientId === undefined || tokenFilePath === undefined) {
    return new DefaultAzureCredential();
  }
  return new WorkloadIdentityCredential({ tenantId, clientId, tokenFilePath });
}
