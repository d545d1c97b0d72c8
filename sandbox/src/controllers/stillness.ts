import type { KubeObject } from "../object.ts";

/** Whether a recorded object is to be left as it was recorded. */
export interface Stillness {
  /**
   * True as long as what `controller` looks at (`seen`, plain data) is what it was when it first asked. Once that has
   * changed it is an object like any other, for good.
   */
  holds(controller: string, object: KubeObject, seen: unknown): boolean;
}

/**
 * A recording shows what quotas, webhooks and nodes made of its objects, and none of these is here: a controller that
 * acted on them at once would repair what was broken.
 */
export function createStillness(recorded: ReadonlySet<string>): Stillness {
  const first = new Map<string, string>();
  const moved = new Set<string>();
  return {
    holds(controller, { metadata: { uid } }, seen) {
      const key = `${controller} ${uid}`;
      if (!recorded.has(uid) || moved.has(key)) return false;
      const now = JSON.stringify(seen);
      const before = first.get(key) ?? now;
      first.set(key, before);
      if (now !== before) moved.add(key);
      return now === before;
    },
  };
}
