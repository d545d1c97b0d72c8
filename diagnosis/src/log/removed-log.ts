/** What the kubelet sends in place of a log that it has removed: of a container that was replaced meanwhile. */
const REMOVED = /^(unable to retrieve container logs|failed to try resolving symlinks)/;

/** Whether a log's text says only that there is no log. */
export function isRemovedLog(text: string): boolean {
  return REMOVED.test(text);
}
