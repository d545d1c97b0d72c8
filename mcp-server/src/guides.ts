import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { CompletionQuestion } from "./dispatch/complete.ts";
import { RUN_BOOKS } from "./prompts/run-books.ts";
import type { ServerOptions } from "./server.ts";

/** Prompts, resources and completions of a server that reads: nothing goes past the tools' own guards. */

export const GUIDE_CAPABILITIES = { prompts: {}, resources: {}, completions: {} } as const;

const TEMPLATES = [
  {
    uriTemplate: "k8s://{namespace}/{kind}/{name}",
    name: "kubernetes-object",
    title: "Object of a namespace",
    description: "One object, redacted, as resource_get shows it.",
    mimeType: "text/plain",
  },
  {
    uriTemplate: "k8s://_/{kind}/{name}",
    name: "kubernetes-cluster-object",
    title: "Object beyond namespaces",
    description: "One object that belongs to no namespace, such as a Node.",
    mimeType: "text/plain",
  },
];

const OBJECT_URI = /^k8s:\/\/([^/]+)\/([^/]+)\/([^/]+)$/;

export function addGuides(server: Server, options: ServerOptions): void {
  server.setRequestHandler("prompts/list", () => ({ prompts: RUN_BOOKS.map(listedPrompt) }));
  server.setRequestHandler("prompts/get", ({ params }) => promptOf(params.name, params.arguments ?? {}));
  server.setRequestHandler("resources/list", () => ({ resources: [] }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler("resources/read", ({ params }, context) => objectAt(options, params.uri, context));
  server.setRequestHandler("completion/complete", async ({ params }, context) => {
    const { ref, argument, context: filled } = params;
    const question: CompletionQuestion = {
      ...(ref.type === "ref/prompt" ? { prompt: ref.name } : {}),
      argument: argument.name,
      value: argument.value,
      given: filled?.arguments ?? {},
    };
    const values = (await options.complete?.({ question, ...callerOf(context) })) ?? [];
    return { completion: { values: [...values], hasMore: false } };
  });
}

export function callerOf({ mcpReq, http }: ServerContext) {
  return { meta: mcpReq._meta, principal: http?.authInfo?.extra?.["principal"], signal: mcpReq.signal };
}

const listedPrompt = ({ name, title, description, arguments: args }: (typeof RUN_BOOKS)[number]) => ({
  name,
  title,
  description,
  arguments: args.map((argument) => ({ ...argument })),
});

function promptOf(name: string, given: Readonly<Record<string, string>>) {
  const prompt = RUN_BOOKS.find((each) => each.name === name);
  if (prompt === undefined) {
    const legal = RUN_BOOKS.map((each) => each.name).join(", ");
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `There is no prompt ${name.slice(0, 64)}. Legal: ${legal}.`,
    );
  }
  const missing = prompt.arguments.filter((argument) => argument.required && !given[argument.name]);
  if (missing.length > 0) {
    const names = missing.map((argument) => argument.name).join(", ");
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${name} needs ${names}.`);
  }
  const text = prompt.text(Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value.slice(0, 253)])));
  return {
    description: prompt.description,
    messages: [{ role: "user" as const, content: { type: "text" as const, text } }],
  };
}

/** The object of a URI, through the tool that reads objects: the same rights, redaction and budget. */
async function objectAt(options: ServerOptions, uri: string, context: ServerContext) {
  const parts = OBJECT_URI.exec(uri)?.slice(1).map(decoded);
  if (parts === undefined) {
    throw new ResourceNotFoundError(uri, "A URI is k8s://NAMESPACE/KIND/NAME, beyond namespaces k8s://_/KIND/NAME.");
  }
  const [namespace = "_", kind = "", name = ""] = parts;
  const args = { kind, name, ...(namespace === "_" ? {} : { namespace }) };
  const reply = await options.call({ name: "resource_get", args, ...callerOf(context) });
  const text = reply.content[0]?.text ?? "";
  if (reply.isError) throw new ProtocolError(ProtocolErrorCode.InvalidParams, text);
  return { contents: [{ uri, mimeType: "text/plain", text }] };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
