import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

/** A file of a package, and what stands in its place in a bundle, so that less is parsed and set up at each start. */
interface Slim {
  readonly file: RegExp;
  readonly contents: (path: string) => string;
}

/** The media types that our servers send and read, of the two thousand that are known. */
const MEDIA_TYPES = ["application/json", "application/octet-stream", "text/event-stream", "text/html", "text/plain"];

const SLIM: readonly Slim[] = [
  // zod's messages in fifty languages: English is the one that is shown.
  { file: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/, contents: () => 'export { default as en } from "./en.js";' },
  // The MCP SDK has ajv for forms that people fill in and for structured output: for the one form with the one box of ours
  // its small validator does. `process` is the global one: as an import it would open all three standard streams.
  {
    file: /[\\/]@modelcontextprotocol[\\/](client|server)[\\/]dist[\\/]shimsNode\.mjs$/,
    contents: () => `
      export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator } from "./validators/cfWorker.mjs";
      export const CORS_IS_POSSIBLE = false;
      const { process } = globalThis;
      export { process };`,
  },
  // Of the two hundred schemas of the protocol's types, which the SDK makes at its start, its own code checks with a few…
  {
    file: /[\\/]@modelcontextprotocol[\\/]core[\\/]dist[\\/](schemas|auth)-[^\\/]+\.mjs$/,
    contents: (path) => madeWhenUsed(readFileSync(path, "utf8")),
  },
  // … and offers all of them by name: of those it takes one itself, and we none.
  {
    file: /[\\/]@modelcontextprotocol[\\/](client|server)[\\/]dist[\\/]src-[^\\/]+\.mjs$/,
    contents: (path) =>
      replaced(readFileSync(path, "utf8"), {
        "for (const key of SPEC_SCHEMA_KEYS) register(key, schemas_exports[key]);":
          'register("ImplementationSchema", ImplementationSchema);',
        "for (const [key, schema] of Object.entries(authSchemas)) register(key, schema);": "",
      }),
  },
  // undici's entry sets up fetch, WebSocket, caches and mocks: Node has its own fetch.
  {
    file: /[\\/]undici[\\/]index\.js$/,
    contents: () => `
      Object.assign(require("./lib/dispatcher/dispatcher.js").prototype, require("./lib/api"));
      exports.Agent = require("./lib/dispatcher/agent.js");
      exports.ProxyAgent = require("./lib/dispatcher/proxy-agent.js");`,
  },
  // Tables of a hundred character sets, under express: JSON is UTF-8, and any other charset is refused as unsupported.
  { file: /[\\/]iconv-lite[\\/]encodings[\\/]index\.js$/, contents: () => 'module.exports = require("./internal");' },
  // Bodies are JSON, and nothing parses a query string in the extended way, for which alone express has qs.
  { file: /[\\/]body-parser[\\/]index\.js$/, contents: () => 'exports.json = require("./lib/types/json");' },
  { file: /[\\/]qs[\\/]lib[\\/]index\.js$/, contents: () => "module.exports = undefined;" },
  // What express says of itself when DEBUG is set, with a terminal for its colours.
  { file: /[\\/]debug[\\/]src[\\/]index\.js$/, contents: () => "module.exports = () => () => undefined;" },
  // Logs go straight to a stream: no transport in a thread of its own.
  { file: /[\\/]pino[\\/]lib[\\/]transport\.js$/, contents: () => "module.exports = undefined;" },
  {
    file: /[\\/]mime-db[\\/]db\.json$/,
    contents: (path) => {
      const all = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
      return `module.exports = ${JSON.stringify(Object.fromEntries(MEDIA_TYPES.map((type) => [type, all[type]])))};`;
    },
  },
  // Counters in memory and in Redis, without those of ten other stores.
  {
    file: /[\\/]rate-limiter-flexible[\\/]index\.js$/,
    contents: () => `
      exports.RateLimiterMemory = require("./lib/RateLimiterMemory.js");
      exports.RateLimiterRedis = require("./lib/RateLimiterRedis.js");`,
  },
  // Counters, gauges and histograms that are scraped: without summaries, a push gateway, and the metrics of a cluster of workers.
  {
    file: /[\\/]prom-client[\\/]index\.js$/,
    contents: () => `
      exports.Registry = require("./lib/registry");
      exports.Counter = require("./lib/counter");
      exports.Gauge = require("./lib/gauge");
      exports.Histogram = require("./lib/histogram");
      exports.collectDefaultMetrics = require("./lib/defaultMetrics");`,
  },
  // They have no exemplars either, for which alone the OpenTelemetry API would be loaded.
  {
    file: /[\\/]prom-client[\\/]lib[\\/]metrics[\\/]processCpuTotal\.js$/,
    contents: (path) => readFileSync(path, "utf8").replace("require('@opentelemetry/api')", "undefined"),
  },
];

/** @throws Error when a statement is not there: the package has changed, and so has to be looked at again. */
function replaced(source: string, statements: Readonly<Record<string, string>>): string {
  return Object.entries(statements).reduce((text, [statement, other]) => {
    if (!text.includes(statement)) throw new Error(`No longer in the package that is made slim: ${statement}`);
    return text.replace(statement, other);
  }, source);
}

/** Marks each schema at the top of a file as free of side effects: a bundle leaves out what it does not use. */
function madeWhenUsed(source: string): string {
  const schema = /^const (\w+) = (z\..*?|\w+Schema\..*?);$(?=\n[^\t}])/gms;
  return source.replaceAll(schema, "const $1 = /* @__PURE__ */ (() => $2)();");
}

export const SLIM_PACKAGES: Plugin = {
  name: "slim-packages",
  setup({ onLoad }) {
    for (const { file, contents } of SLIM) {
      onLoad({ filter: file }, ({ path }) => ({ contents: contents(path), loader: "js" }));
    }
  },
};
