import { expect, test } from "vitest";
import { minutesAgo, waiting } from "./builders.ts";
import { app, found, object, ownedBy } from "./objects.ts";

/** What stands in the template of a Job cannot be changed: a fix that says so can be carried out. */
const container = { name: "main", image: "app:typo" };
const pulls = (kind: string) => ({
  status: { state: waiting("ImagePullBackOff", 'Back-off pulling image "app:typo"') },
  ready: false,
  kind,
});
const ANEW = /made anew$/;

test("an image in the template of a Job needs a new Job", () => {
  const [finding] = found(app("migrate", pulls("Job")));
  expect(finding).toMatchObject({ analyzer: "image-pull", subject: { kind: "Job" } });
  expect(finding?.fix?.summary).toMatch(ANEW);
});

test("one of a Deployment does not", () => {
  expect(found(app("web", pulls("Deployment")))[0]?.fix?.summary).not.toMatch(ANEW);
});

const stopped = (metadata = {}) =>
  object("Job", "reindex", {
    metadata,
    spec: { activeDeadlineSeconds: 20, template: { spec: { containers: [container] } } },
    status: {
      conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded", lastTransitionTime: minutesAgo(1) }],
    },
  });

test.each([
  ["is made anew", [stopped()], /which did not end within 20 s, .*; then make Job reindex anew$/],
  [
    "of a CronJob is made by that",
    [object("CronJob", "nightly"), stopped(ownedBy("CronJob", "nightly"))],
    /or find out why it takes that long$/,
  ],
])("a Job that its deadline stopped %s", (_, objects, summary) => {
  expect(found(objects)[0]?.fix?.summary).toMatch(summary);
});
