import { type ChildProcess, spawn } from "node:child_process";

/** A call to the API server as the kubeconfig's user. @throws Error with the answer when it is refused. */
export type Api = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object) => Promise<unknown>;

/** What the API server fills in of an object that was made. */
export interface Created {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

const PARALLEL = 32;

interface OpenedApi {
  /** Calls that fail as soon as `stop` is aborted. */
  callsUntil(stop?: AbortSignal): Api;
  close(): void;
}

/** @throws Error when kubectl is missing or reaches no API server. */
export async function openApi(): Promise<OpenedApi> {
  // Whatever the kubeconfig asks for to log in, kubectl does it. Ctrl-C is not for it: it is needed to clean up.
  const proxy = spawn("kubectl", ["proxy", "--port=0", "--append-server-path"], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const url = await urlOf(proxy);
  return { callsUntil: (stop) => createApi(url, stop), close: () => void proxy.kill() };
}

function createApi(url: string, stop: AbortSignal | undefined): Api {
  return async (method, path, body) => {
    const type = method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json";
    const answer = await fetch(url + path, {
      method,
      signal: stop ?? null,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // What another one deleted meanwhile is gone all the same.
    if (!answer.ok && !(method === "DELETE" && answer.status === 404)) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
}

async function urlOf(proxy: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    proxy.once("error", reject);
    proxy.once("exit", (code) => reject(new Error(`kubectl proxy ended with ${code}: is KUBECONFIG set?`)));
    proxy.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const [, address] = /on (\S+)/.exec(text) ?? [];
      if (address !== undefined) resolve(`http://${address}`);
    });
  });
}

/** Works on all items, `parallel` at once. */
export async function all<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
  parallel = PARALLEL,
): Promise<void> {
  const left = [...items.entries()].reverse();
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}
