import type { Sandbox } from "@sre-agent/sandbox";
import { expect } from "vitest";

/** One request to a sandbox's API as its administrator, for what `apply` cannot do. The object or list that came back. */
export async function askSandbox<Answer>(
  { url, kubeconfig }: Sandbox,
  request: { readonly method: string; readonly path: string; readonly body?: object },
): Promise<Answer> {
  const { token } = JSON.parse(kubeconfig).users[0].user;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/merge-patch+json" };
  const { method, path, body } = request;
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${url}${path}`, { method, headers, ...json });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Answer;
}
