import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import type { Fields } from "./builders.ts";
import { type AppParts, app, CRASHING, found, object, said } from "./objects.ts";

describe("a file of a ConfigMap that is mounted by its name", () => {
  const map = object("ConfigMap", "proxy", { data: { "proxy.cfg": "listen 8080" } });
  const proxy = (subPath: string, parts: AppParts = {}, volume: Fields = { configMap: { name: "proxy" } }) =>
    app("proxy", {
      container: { volumeMounts: [{ name: "conf", mountPath: "/etc/proxy.conf", subPath }] },
      spec: { volumes: [{ name: "conf", ...volume }] },
      ...parts,
    });

  test("a crash at the directory that stands for it is a symptom", () => {
    const log = said("proxy-0", "cat: read error: /etc/proxy.conf: Is a directory");
    const [finding, ...others] = found([map, ...proxy("proxy.conf", CRASHING)], [log]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "sub-path",
      severity: "critical",
      subject: { kind: "Deployment", name: "proxy" },
      cause:
        "spec.template.spec.containers[main].volumeMounts[/etc/proxy.conf].subPath of Deployment/proxy is proxy.conf, and ConfigMap/proxy has no such file (it has proxy.cfg): /etc/proxy.conf is an empty directory",
      fix: {
        kind: "patch",
        patch: [
          {
            path: "/spec/template/spec/containers/0/volumeMounts/0/subPath",
            from: '"proxy.conf"',
            to: '"proxy.cfg"',
          },
        ],
      },
    });
  });

  test("a program that is well gets advice", () => {
    expect(found([map, ...proxy("proxy.conf")])).toMatchObject([{ severity: "warning" }]);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["a key", [map, ...proxy("proxy.cfg")]],
    [
      "a path of the volume's items, or a directory of one",
      [
        map,
        ...proxy("etc", {}, { configMap: { name: "proxy", items: [{ key: "proxy.cfg", path: "etc/proxy.conf" }] } }),
      ],
    ],
    ["a directory of another kind of volume", [map, ...proxy("data/today", {}, { emptyDir: {} })]],
    ["a ConfigMap that may be missing", proxy("proxy.conf", {}, { configMap: { name: "other", optional: true } })],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});
