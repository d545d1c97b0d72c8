import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendProblem } from "./problem.ts";

/** Digests are compared, so that neither content nor length of the secret shows in the time taken. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Middleware that lets only `Authorization: Bearer <expected()>` pass and answers anything else with 401. An empty
 * expected secret admits no one; an `expected` that throws becomes a 500.
 */
export function bearerSecret(expected: () => string) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const secret = expected();
    if (given !== undefined && secret !== "" && sameSecret(given, secret)) {
      next();
      return;
    }
    const reason = given === undefined ? "" : ', error="invalid_token"';
    response.setHeader("www-authenticate", `Bearer realm="sre-agent"${reason}`);
    const detail = "Send the shared secret as a bearer token.";
    sendProblem(response, {
      status: 401,
      code: "UNAUTHENTICATED",
      title: "The bearer secret is missing or wrong.",
      detail,
    });
  };
}
