import { API_VERSION, KINDS } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { isKubeError, type Reader, systemClock } from "@sre-agent/kube";

const POLL_MS = 200;
const WITHIN_MS = 30_000;

/** Until every kind of ours is served: a create right after installing them would fail otherwise. */
export async function established(reader: Reader, signal: AbortSignal): Promise<void> {
  const deadline = systemClock.now() + WITHIN_MS;
  for (const { kind, plural } of KINDS) {
    while (!(await isServed(reader, kind, signal))) {
      if (systemClock.now() > deadline)
        throw new UserError(`${plural} is not served ${WITHIN_MS / 1000} s after it was applied.`);
      await systemClock.sleep(POLL_MS, signal);
    }
  }
}

async function isServed(reader: Reader, kind: string, signal: AbortSignal): Promise<boolean> {
  return reader.list({ apiVersion: API_VERSION, kind }, { limit: 1, signal }).then(
    () => true,
    (error: unknown) => {
      if (isKubeError(error, "NOT_FOUND", "UNKNOWN_KIND")) return false;
      throw error;
    },
  );
}
