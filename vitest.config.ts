import { defineConfig } from "vitest/config";
import { FrontDoorFirst } from "./test/front-door-first.ts";

export default defineConfig({
  test: {
    sequence: { sequencer: FrontDoorFirst },
    projects: [
      {
        test: {
          name: "hermetic",
          globalSetup: ["test/programs.ts"],
          setupFiles: ["test/loopback-setup.ts"],
          // Many wait for processes, so a third worker pays even on two cores.
          maxWorkers: 3,
          // One module graph for all files of a worker: loading it anew for each of them was a quarter of the whole time.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ["*/src/**/*.test.ts", "*/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.cluster.test.ts"],
        },
      },
      {
        test: {
          name: "cluster",
          globalSetup: ["test/programs.ts", "test/cluster-setup.ts"],
          include: ["*/src/**/*.cluster.test.ts", "*/test/**/*.cluster.test.ts", "test/**/*.cluster.test.ts"],
          exclude: ["**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // A real cluster on a loaded machine: pods start late, leases change hands. A second try is printed as a retry;
          // what fails twice is broken. Hermetic tests have none.
          retry: 1,
        },
      },
    ],
  },
});
