import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** A certificate that is out of its dates. */
export function certificate(_index: SnapshotIndex, _trouble: Trouble, said: string): CrashHint | undefined {
  if (!/certificate (?:has |is )?(?:expired|not yet valid)|CERT_HAS_EXPIRED/i.test(said)) return undefined;
  return {
    words: "a certificate that it uses has expired",
    decide: "renew the certificate, then restart what reads it",
  };
}
