import type { Endpoint, EndpointOptions } from "./endpoint.ts";

/** The endpoint, connected with the first request: the SDK is large, and a service is up before it asks a model. */
export function lazyEndpoint(options: EndpointOptions): Endpoint {
  let connected: Promise<Endpoint> | undefined;
  const connect = () => {
    connected ??= import("./endpoint.ts").then(({ connectEndpoint }) => connectEndpoint(options));
    return connected;
  };
  return {
    chat: async (body, limits) => (await connect()).chat(body, limits),
    responses: async (body, limits) => (await connect()).responses(body, limits),
  };
}
