import { readFileSync, statSync } from "node:fs";
import { UserError } from "./process/user-error.ts";

const MAX_BYTES = 65_536;

function fingerprint(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  if (size > MAX_BYTES) throw new RangeError(`it has more than ${MAX_BYTES} bytes`);
  return `${ino}:${mtimeMs}:${size}`;
}

function read(path: string): string {
  const secret = readFileSync(path, "utf8").trim();
  if (secret === "") throw new RangeError("it is empty");
  return secret;
}

/**
 * Reads a secret from a mounted file, again whenever the file changed, so that a rotated Secret needs no restart. The
 * returned function throws a UserError while the file is missing, empty or too large: a revoked secret admits no one.
 */
export function fileSecret(path: string): () => string {
  let known: { readonly fingerprint: string; readonly secret: string } | undefined;
  return () => {
    try {
      const current = fingerprint(path);
      if (known?.fingerprint !== current) known = { fingerprint: current, secret: read(path) };
      return known.secret;
    } catch (cause) {
      known = undefined;
      const nextStep = "Mount the Secret there and make it readable for this process.";
      throw new UserError(`The secret file ${path} cannot be used.`, { nextStep, cause });
    }
  };
}
