import { lazy } from "@sre-agent/frame";
import type { Endpoint, EndpointOptions } from "./endpoint.ts";

/** The endpoint, connected with the first request: the SDK is large, and a service is up before it asks a model. */
export function lazyEndpoint(options: EndpointOptions): Endpoint {
  const endpoint = lazy(async () => (await import("./endpoint.ts")).connectEndpoint(options));
  return {
    chat: async (body, limits) => (await endpoint.get()).chat(body, limits),
    responses: async (body, limits) => (await endpoint.get()).responses(body, limits),
  };
}
