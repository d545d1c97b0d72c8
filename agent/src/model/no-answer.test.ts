import { APIConnectionError } from "openai";
import { expect, it } from "vitest";
import { hostedOver, turnInput } from "../../test/hosted.ts";
import { startWireDouble } from "../../test/wire-double/wire-double.ts";
import { orNoAnswer } from "./no-answer.ts";

const failed = (cause: Error) => new APIConnectionError({ cause: new TypeError("fetch failed", { cause }) });
const withCode = (code: string) => Object.assign(new Error("no"), { code });

it.each([
  [withCode("ENOTFOUND"), ": its host name is not known here (ENOTFOUND)"],
  [withCode("EHOSTUNREACH"), ": its address cannot be reached from here (EHOSTUNREACH)"],
  [withCode("UND_ERR_CONNECT_TIMEOUT"), ": its address cannot be reached from here (UND_ERR_CONNECT_TIMEOUT)"],
  [withCode("DEPTH_ZERO_SELF_SIGNED_CERT"), ": its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)"],
  [withCode("CERT_HAS_EXPIRED"), ": its certificate is not trusted (CERT_HAS_EXPIRED)"],
  [withCode("UND_ERR_SOCKET"), ""],
])("an endpoint that gives no answer for %o is told with what to look at", (cause, reason) => {
  const message = `The model's endpoint gave no answer${reason}.`;
  expect(orNoAnswer(failed(cause))).toMatchObject({ code: "unreachable", message });
});

it.each([
  ["nothing listens", [], "nothing listens at its address (ECONNREFUSED)"],
  ["it redirects", [{ redirect: "http://127.0.0.1:1/" }], "it answers with a redirect, which is not followed"],
])("and where %s, the sentence says so", async (_, turns, reason) => {
  const double = await startWireDouble(turns);
  const model = hostedOver(double);
  if (turns.length === 0) await double.stop();
  const failure = await model.turn(turnInput({})).catch((error: unknown) => error);
  await double.stop();
  expect(failure).toMatchObject({ message: expect.stringContaining(reason) });
});
