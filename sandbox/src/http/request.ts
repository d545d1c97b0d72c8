import type { Authorizer } from "../access/authorizer.ts";
import type { Tokens, User } from "../access/tokens.ts";
import { badRequest } from "../api-error.ts";
import type { Clock } from "../clock.ts";
import { isRecord, type JsonRecord } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Registry } from "../registry/registry.ts";
import type { Catalog } from "../resources/catalog.ts";
import type { Resource } from "../resources/resource.ts";
import type { Store } from "../store/store.ts";

/** What every handler works with. */
export interface Api {
  readonly store: Store;
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly authorizer: Authorizer;
  readonly logs: LogSource;
  /** What each manager last applied, by uid and manager: server-side apply takes away what it applies no more. */
  readonly applied: Map<string, unknown>;
}

/** Where container logs come from. */
export interface LogSource {
  /** Lines with their time, oldest first; undefined when this container never ran (or, previous, ran once only). */
  read(pod: KubeObject, container: string, previous: boolean): readonly LogLine[] | undefined;
}

export interface LogLine {
  readonly timeMs: number;
  readonly text: string;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly body: string;
  readonly user: User;
  /** Name of the writer for managedFields. */
  readonly manager: string;
}

/** What a path names. */
export interface Target {
  readonly resource: Resource;
  /** "" for cluster-scoped kinds and for all namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

export interface TargetRequest extends ApiRequest {
  readonly target: Target;
}

export type Answer =
  | {
      readonly kind: "json";
      readonly code: number;
      readonly body: unknown;
      readonly warnings?: readonly string[];
      /** Default: application/json. */
      readonly contentType?: string;
    }
  | { readonly kind: "text"; readonly code: number; readonly text: string }
  | { readonly kind: "stream"; run(write: (line: string) => void, signal: AbortSignal): Promise<void> };

export function json(code: number, body: unknown, warnings?: readonly string[]): Answer {
  return { kind: "json", code, body, ...(warnings === undefined ? {} : { warnings }) };
}

export function isDryRun(request: ApiRequest): boolean {
  return request.query.getAll("dryRun").includes("All");
}

/** The body as a JSON object. Throws 400. */
export function parseBody(body: string, kind: string): JsonRecord {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isRecord(parsed)) return parsed;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why}`,
    );
  }
  throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
}
