import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { type AppParts, app, CRASHING, found, object, revised, said } from "./objects.ts";

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

  const NAMELESS = said("proxy-0", "cat: read error: Is a directory");

  test("so is a crash that names no file, where no other mount can be meant", () => {
    const findings = found([map, ...proxy("proxy.conf", CRASHING)], [NAMELESS]);
    expect(findings).toMatchObject([{ analyzer: "sub-path", severity: "critical" }]);
  });

  const late = (key: string) => {
    const fields = { "f:data": { [`f:${key}`]: {} } };
    const managedFields = [{ manager: "kubectl-edit", operation: "Update", time: minutesAgo(5), fieldsV1: fields }];
    return object("ConfigMap", "proxy", { metadata: { managedFields }, data: { "proxy.conf": "", other: "" } });
  };

  test("a file that came after the pods reaches them by a restart", () => {
    const [finding, ...others] = found([late("proxy.conf"), ...proxy("proxy.conf", CRASHING)], [NAMELESS]);
    expect(others).toEqual([]);
    expect(finding?.cause).toMatch(/proxy\.conf of ConfigMap\/proxy was written at .*, after its pods were made/);
    expect(finding?.fix).toMatchObject({ kind: "action", action: { type: "Restart", target: { name: "proxy" } } });
  });

  test("a file that was there is not the reason for a directory somewhere", () => {
    const findings = found([late("other"), ...proxy("proxy.conf", CRASHING)], [NAMELESS]);
    expect(findings).toMatchObject([{ analyzer: "crash-loop" }]);
  });

  test("a crash that may mean one of two files stands for itself", () => {
    const mounts = ["one", "two"].map((name) => ({ name: "conf", mountPath: `/etc/${name}`, subPath: name }));
    const findings = found([map, ...proxy("", { ...CRASHING, container: { volumeMounts: mounts } })], [NAMELESS]);
    expect(findings.map(({ analyzer }) => analyzer).toSorted()).toEqual(["crash-loop", "sub-path", "sub-path"]);
  });

  test("a program that is well gets advice", () => {
    expect(found([map, ...proxy("proxy.conf")])).toMatchObject([{ severity: "warning" }]);
  });

  test("a mount of an init container is named as one", () => {
    const volumeMounts = [{ name: "conf", mountPath: "/etc/proxy.conf", subPath: "proxy.conf" }];
    const spec = {
      initContainers: [{ name: "check", image: "app:1", volumeMounts }],
      volumes: [{ name: "conf", configMap: { name: "proxy" } }],
    };
    const [finding] = found([map, ...app("proxy", { spec })]);
    expect(finding?.cause).toMatch(
      /^spec\.template\.spec\.initContainers\[check\]\.volumeMounts\[\/etc\/proxy\.conf\]/,
    );
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

describe("a volume that the kubelet cannot mount", () => {
  const pending = {
    phase: "Pending",
    containerStatuses: [
      { name: "main", ready: false, restartCount: 0, state: { waiting: { reason: "ContainerCreating", message: "" } } },
    ],
  };
  const waits = (volume: Fields, message: string) => [
    ...revised(app("agent", { ready: false, spec: { volumes: [{ name: "data", ...volume }] } }), "Pod", {
      status: pending,
    }),
    event({ kind: "Pod", name: "agent-0" }, { reason: "FailedMount", message }),
  ];
  const directory = { hostPath: { path: "/var/lib/agent", type: "Directory" } };
  const driver = { csi: { driver: "secrets-store.csi.k8s.io", readOnly: true } };

  test("for what the node has at its path", () => {
    const message =
      'MountVolume.SetUp failed for volume "data" : hostPath type check failed: /var/lib/agent is not a directory';
    const [finding, ...others] = found(waits(directory, message));
    expect(others).toEqual([]);
    expect(finding?.cause).toBe(
      "its pods wait for a volume: spec.template.spec.volumes[data].hostPath.type asks that /var/lib/agent on the node is a Directory, and it is none",
    );
    expect(finding?.fix?.summary).toMatch(/\.hostPath\.type be DirectoryOrCreate$/);
  });

  test("for a driver that its node does not have", () => {
    const message =
      'MountVolume.SetUp failed for volume "data" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers';
    const [finding] = found(waits(driver, message));
    expect(finding?.cause).toBe(
      "its pods wait for a volume: no CSI driver secrets-store.csi.k8s.io is registered on the pod's node (spec.template.spec.volumes[data].csi.driver)",
    );
  });

  test("other words of the kubelet stay as they are", () => {
    const message = 'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32';
    expect(found(waits(directory, message))[0]?.cause).toMatch(/exit status 32$/);
  });

  test("silent: pods that run with such volumes", () => {
    expect(
      found(
        app("agent", {
          spec: {
            volumes: [
              { name: "a", ...directory },
              { name: "b", ...driver },
            ],
          },
        }),
      ),
    ).toEqual([]);
  });
});

describe("the volume that a claim was made for", () => {
  const claim = object("PersistentVolumeClaim", "media", {
    spec: { storageClassName: "fast", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    status: { phase: "Pending" },
  });
  const volume = (name: string, spec: Fields, phase = "Available") =>
    object("PersistentVolume", name, {
      spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, ...spec },
      status: { phase },
    });
  const left = volume("a-left", { storageClassName: "slow", claimRef: { name: "wal", namespace: "bank" } }, "Released");

  test("is of its class, not one that somebody else left", () => {
    const block = volume("b-block", { storageClassName: "fast", volumeMode: "Block" });
    expect(found([claim, left, block])[0]?.cause).toMatch(
      /PersistentVolume b-block does not fit: the claim asks volumeMode Filesystem, the volume offers Block$/,
    );
  });

  test("silent once it is bound", () => {
    const bound = { ...claim, spec: { ...(claim["spec"] as Fields), volumeName: "c" }, status: { phase: "Bound" } };
    const own = volume("c", { storageClassName: "fast", claimRef: { name: "media", namespace: "shop" } }, "Bound");
    expect(found([bound, own])).toEqual([]);
  });
});
