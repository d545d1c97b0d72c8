import { expect, test } from "vitest";
import { event } from "./builders.ts";
import { app, CRASHING, found, service } from "./objects.ts";

/** A command that writes a script: whom that calls is whom the container calls. */
const api = [...app("api", CRASHING), service("api", { ports: [{ port: 8080 }] })];
const front = (line: string) => [
  ...app("front", {
    ready: false,
    container: {
      command: ["sh", "-c", `${line}; exec httpd -f`],
      readinessProbe: { httpGet: { path: "/ready", port: 8080 } },
    },
  }),
  event(
    { kind: "Pod", name: "front-0" },
    { reason: "Unhealthy", message: "Readiness probe failed: HTTP probe failed with statuscode: 503" },
  ),
];
const subjects = (line: string) => found([...api, ...front(line)]).map(({ subject }) => subject.name);

test("a readiness script that calls what is down makes a symptom", () => {
  expect(subjects(`printf "#!/bin/sh\\ncurl -fsS http://api:8080/ >/dev/null 2>&1\\n" >/www/ready`)).toEqual(["api"]);
});

test.each([
  ["prints", 'echo "see http://api:8080/"'],
  ["throws away", 'echo "see http://api:8080/" >/dev/null'],
])("what a script only %s is no call", (_, line) => {
  expect(subjects(line)).toEqual(["api", "front"]);
});

test("silent: a page that is well, with a link to nobody", () => {
  const command = ["sh", "-c", 'echo "<a href=http://web:8081/>" >/www/index.html; exec httpd -f'];
  expect(found([...app("web", { container: { command } }), service("web")])).toEqual([]);
});

test("an answer that says no is no reason to suspect the probe", () => {
  const [finding] = found(front("true"));
  expect(finding?.fix?.summary).toMatch(/^find out what makes container main answer its probe with an error/);
});
