import { type Json, objectsAt, textAt } from "./json.ts";

/** The innermost volume mount of a container that `path` is in or below. */
export function coveringMount(container: unknown, path: string): Json | undefined {
  return objectsAt(container, "volumeMounts")
    .filter((mount) => `${path}/`.startsWith(`${mountPathOf(mount) ?? "//"}/`))
    .sort((a, b) => (mountPathOf(b) ?? "").length - (mountPathOf(a) ?? "").length)[0];
}

/** Where a volume is mounted, without a slash at its end. */
export function mountPathOf(mount: unknown): string | undefined {
  return textAt(mount, "mountPath")?.replace(/\/$/, "");
}
