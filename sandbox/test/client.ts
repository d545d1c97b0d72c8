import type { Sandbox } from "../src/index.ts";

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

interface ContainerState {
  readonly waiting?: { readonly reason: string };
}

interface ContainerStatus {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
}

/** The fields of an answer that tests read; all may be absent. */
export interface Body {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly object[] };
  readonly type?: string;
  readonly count?: number;
  readonly note?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly items: readonly Body[];
  readonly object?: Body;
  readonly rows?: readonly { readonly cells: readonly unknown[] }[];
  readonly columnDefinitions?: readonly { readonly name: string }[];
  readonly endpoints?: readonly { readonly conditions: { readonly ready: boolean } }[];
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly deletionTimestamp?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly template?: { readonly metadata: object; readonly spec: object };
    readonly nodeName?: string;
  };
  readonly status: {
    readonly phase?: string;
    readonly allowed?: boolean;
    readonly authenticated?: boolean;
    readonly token?: string;
    readonly conditions: readonly Condition[];
    readonly containerStatuses: readonly [ContainerStatus];
  };
}

export interface Reply {
  readonly code: number;
  readonly body: Body;
  readonly text: string;
  readonly headers: Headers;
}

export interface Call {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly token?: string;
}

/** Calls the sandbox through its front door. */
export function clientOf(sandbox: Sandbox, username = "tester") {
  const own = sandbox.tokenFor(username);
  return async function call(method: string, path: string, options: Call = {}): Promise<Reply> {
    const response = await fetch(sandbox.url + path, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? own}`,
        "user-agent": "test/1",
        ...(options.accept === undefined ? {} : { accept: options.accept }),
        ...(options.body === undefined ? {} : { "content-type": options.type ?? "application/json" }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true && !path.includes("watch=1");
    return {
      code: response.status,
      body: isJson ? (JSON.parse(text) as Body) : ({} as Body),
      text,
      headers: response.headers,
    };
  };
}
