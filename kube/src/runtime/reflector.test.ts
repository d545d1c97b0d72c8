import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { answer, type Received, refuse, type ScriptedServer, startScriptedServer } from "../../test/scripted-server.ts";
import type { KubeObject } from "../object.ts";
import { createFakeClock } from "../testing.ts";
import { createReflector, type Gate, type Reflector } from "./reflector.ts";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };

interface Scene {
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly server: ScriptedServer;
  readonly reflector: Reflector<string>;
  readonly changes: readonly string[];
  readonly errors: readonly string[];
  /** Open watches, oldest first. */
  readonly watches: { readonly query: URLSearchParams; readonly response: ServerResponse }[];
  stop(): Promise<void>;
}

const open: Scene[] = [];
afterEach(async () => {
  for (const scene of open.splice(0)) {
    await scene.stop();
    await scene.server.close();
  }
});

function item(name: string, resourceVersion: string, uid = `${name}-uid`): object {
  return { metadata: { name, namespace: "shop", uid, resourceVersion } };
}

/** A reflector of ConfigMaps; `lists` answers the nth list, the last one for ever. */
async function reflect(
  lists: readonly ((request: Received, response: ServerResponse) => void)[],
  gate?: Gate,
): Promise<Scene> {
  const clock = createFakeClock();
  const watches: Scene["watches"] = [];
  let listed = 0;
  const server = await startScriptedServer((request, response) => {
    if (request.query.get("watch") === "true") {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      watches.push({ query: request.query, response });
      return;
    }
    lists[Math.min(listed++, lists.length - 1)]?.(request, response);
  });
  const changes: string[] = [];
  const errors: string[] = [];
  const reflector = createReflector<string>({
    connection: server.connection,
    kind: CONFIG_MAP,
    project: ({ metadata }: KubeObject) => {
      if (metadata.name === "poison") throw new Error("poison");
      return `${metadata.uid}@${metadata.resourceVersion}`;
    },
    clock,
    ...(gate === undefined ? {} : { gate }),
    random: () => 0.5,
    onChange: (key, old, now) => changes.push(`${key} ${old ?? "-"} ${now ?? "-"}`),
    onError: (error) => errors.push(error instanceof Error ? error.message : String(error)),
  });
  const stopping = new AbortController();
  const ended = reflector.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  const scene = { clock, server, reflector, changes, errors, watches, stop };
  open.push(scene);
  return scene;
}

function listOf(resourceVersion: string, ...items: readonly object[]) {
  return (_request: Received, response: ServerResponse) =>
    answer(response, 200, { metadata: { resourceVersion }, items });
}

function send(scene: Scene, type: string, object: object): void {
  scene.watches.at(-1)?.response.write(`${JSON.stringify({ type, object })}\n`);
}

const soon = <T>(check: () => T) => vi.waitFor(check, { interval: 5, timeout: 3_000 });
const watching = (scene: Scene, count: number) => soon(() => expect(scene.watches).toHaveLength(count));

describe("reflector", () => {
  it("lists all pages, then watches from where the list was taken", async () => {
    const scene = await reflect([
      (_request, response) =>
        answer(response, 200, { metadata: { resourceVersion: "7", continue: "more" }, items: [item("a", "1")] }),
      listOf("7", item("b", "2")),
    ]);
    await scene.reflector.synced;
    expect(scene.reflector.store.list()).toEqual(["a-uid@1", "b-uid@2"]);
    expect(scene.server.calls.slice(0, 2)).toEqual([
      "GET /api/v1/configmaps?limit=100",
      "GET /api/v1/configmaps?limit=100&continue=more",
    ]);
    await watching(scene, 1);
    const { query } = scene.watches[0]!;
    expect(query.get("resourceVersion")).toBe("7");
    expect(query.get("allowWatchBookmarks")).toBe("true");
    expect(query.get("timeoutSeconds")).toBe("450");
  });

  it("reads no page while another one of the same gate is read, and goes on after a failed one", async () => {
    let [asked, inside] = [0, 0];
    let before: Promise<unknown> = Promise.resolve();
    const gate: Gate = (work) => {
      asked += 1;
      const turn = before.then(() => {
        inside += 1;
        return work().finally(() => (inside -= 1));
      });
      before = turn.catch(() => undefined);
      return turn;
    };
    const held: ServerResponse[] = [];
    const first = await reflect([(_request, response) => void held.push(response), listOf("7")], gate);
    const second = await reflect([listOf("8", item("b", "1"))], gate);
    await soon(() => expect([asked, inside, held.length]).toEqual([2, 1, 1]));
    refuse(held[0]!, 403, "Forbidden");
    await second.reflector.synced;
    await soon(() => expect(first.clock.sleeping).toBe(1));
    await first.clock.advance(1_000);
    await first.reflector.synced;
    expect(inside).toBe(0);
  });

  it("goes on from a bookmark after the watch ended", async () => {
    const scene = await reflect([listOf("7")]);
    await watching(scene, 1);
    send(scene, "ADDED", item("a", "8"));
    send(scene, "BOOKMARK", { metadata: { resourceVersion: "90" } });
    await soon(() => expect(scene.changes).toEqual(["shop/a - a-uid@8"]));
    await scene.clock.advance(60_000);
    scene.watches[0]!.response.end();
    await watching(scene, 2);
    expect(scene.watches[1]!.query.get("resourceVersion")).toBe("90");
    expect(scene.server.calls.filter((call) => call.includes("limit="))).toHaveLength(1);
  });

  it("takes a new uid under an old name as a deletion and an addition", async () => {
    const scene = await reflect([listOf("7", item("a", "1", "first"))]);
    await watching(scene, 1);
    send(scene, "MODIFIED", item("a", "9", "second"));
    await soon(() => expect(scene.changes).toHaveLength(3));
    expect(scene.changes.slice(1)).toEqual(["shop/a first@1 -", "shop/a - second@9"]);
  });

  it("lists anew on a 410 event and tells what was deleted meanwhile", async () => {
    const scene = await reflect([listOf("7", item("a", "1"), item("b", "1")), listOf("20", item("b", "15"))]);
    await watching(scene, 1);
    send(scene, "ERROR", { kind: "Status", status: "Failure", code: 410, reason: "Expired", message: "too old" });
    await soon(() => expect(scene.clock.sleeping).toBe(1));
    await scene.clock.advance(1_000);
    await watching(scene, 2);
    expect(scene.changes.slice(2)).toEqual(["shop/a a-uid@1 -", "shop/b b-uid@1 b-uid@15"]);
    expect(scene.watches[1]!.query.get("resourceVersion")).toBe("20");
    expect(scene.errors).toEqual([]);
  });

  it("lists anew on a 410 status in the middle of its pages", async () => {
    const scene = await reflect([
      (_request, response) =>
        answer(response, 200, { metadata: { resourceVersion: "7", continue: "old" }, items: [item("gone", "1")] }),
      (_request, response) => refuse(response, 410, "Expired"),
      listOf("9", item("a", "2")),
    ]);
    await soon(() => expect(scene.clock.sleeping).toBe(1));
    await scene.clock.advance(1_000);
    await scene.reflector.synced;
    expect(scene.reflector.store.list()).toEqual(["a-uid@2"]);
  });

  it("lists anew when its resourceVersion is newer than the API server's, after a restore", async () => {
    const scene = await reflect([listOf("7000"), listOf("20", item("a", "15"))]);
    await watching(scene, 1);
    send(scene, "ERROR", { kind: "Status", status: "Failure", code: 504, reason: "Timeout", message: "too large" });
    await soon(() => expect(scene.clock.sleeping).toBe(1));
    await scene.clock.advance(1_000);
    await watching(scene, 2);
    expect(scene.watches[1]!.query.get("resourceVersion")).toBe("20");
  });

  it("keeps its place when the connection breaks", async () => {
    const scene = await reflect([listOf("7")]);
    await watching(scene, 1);
    send(scene, "ADDED", item("a", "8"));
    await soon(() => expect(scene.reflector.store.size).toBe(1));
    scene.watches[0]!.response.destroy();
    await soon(() => expect([scene.errors.length, scene.clock.sleeping]).toEqual([1, 1]));
    await scene.clock.advance(1_000);
    await watching(scene, 2);
    expect(scene.watches[1]!.query.get("resourceVersion")).toBe("8");
  });

  it("takes two minutes of silence for a dead connection", async () => {
    const scene = await reflect([listOf("7")]);
    await watching(scene, 1);
    await soon(() => expect(scene.clock.sleeping).toBe(1));
    await scene.clock.advance(119_999);
    expect(scene.errors).toEqual([]);
    await scene.clock.advance(1);
    await soon(() => expect(scene.errors).toEqual(["watch of v1 ConfigMap: silent for 120 s."]));
    await soon(() => expect(scene.clock.sleeping).toBe(1));
    await scene.clock.advance(1_000);
    await watching(scene, 2);
  });

  it("tries for ever, waiting longer each time up to 30 s", async () => {
    const scene = await reflect([(_request, response) => refuse(response, 500, "InternalError")]);
    const waits: number[] = [];
    for (let i = 1; i <= 8; i++) {
      await soon(() => expect([scene.errors.length, scene.clock.sleeping]).toEqual([i, 1]));
      const before = scene.clock.now();
      while (scene.clock.sleeping === 1) await scene.clock.advance(100);
      waits.push(scene.clock.now() - before);
    }
    expect(waits).toEqual([600, 1_200, 2_400, 4_800, 9_600, 19_200, 22_500, 22_500]);
  });

  it("does not hammer an API server that ends every watch at once", async () => {
    const scene = await reflect([listOf("7")]);
    await watching(scene, 1);
    scene.watches[0]!.response.end();
    await soon(() => expect(scene.clock.sleeping).toBe(1));
    expect(scene.watches).toHaveLength(1);
    await scene.clock.advance(1_000);
    await watching(scene, 2);
  });

  it("leaves out what cannot be projected and tells it", async () => {
    const scene = await reflect([listOf("7", item("poison", "1"), item("a", "1"))]);
    await scene.reflector.synced;
    expect([scene.reflector.store.size, scene.errors]).toEqual([1, ["poison"]]);
  });

  it("starts no watch when it was stopped while the list was under way", async () => {
    let finish: () => void = () => undefined;
    const scene = await reflect([
      (request, response) => {
        finish = () => listOf("7", item("a", "1"))(request, response);
      },
    ]);
    await soon(() => expect(scene.server.calls).toHaveLength(1));
    const stopped = scene.stop();
    finish();
    await stopped;
    await expect(scene.reflector.synced).rejects.toMatchObject({ code: "ABORTED" });
    expect([scene.watches.length, scene.changes, scene.errors, scene.clock.sleeping]).toEqual([0, [], [], 0]);
  });
});
