import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** Libraries of Go say the first for both, and which of the two after it. */
const DATES = /certificate (?:has |is )?(?:expired|not yet valid)|CERT_(?:HAS_EXPIRED|NOT_YET_VALID)/i;
const EARLY = /\bis before\b|(?<!expired or is )not yet valid|CERT_NOT_YET_VALID/i;

/** A certificate that is out of its dates. */
export function certificate(_index: SnapshotIndex, _trouble: Trouble, said: string): CrashHint | undefined {
  if (!DATES.test(said)) return undefined;
  if (EARLY.test(said))
    return {
      words: "a certificate that it uses is not valid yet",
      decide: "correct the clock of the node, or issue a certificate that is valid from now on",
    };
  return {
    words: "a certificate that it uses has expired",
    decide: "renew the certificate, then restart what reads it",
  };
}
