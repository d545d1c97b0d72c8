import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * What goes through the front door starts processes and takes longest: begun last, one of them would still run when the
 * other workers have nothing left.
 */
export class FrontDoorFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(throughTheFrontDoor), ...sorted.filter((file) => !throughTheFrontDoor(file))];
  }
}

/** Unit tests stand beside what they test, in `src`. */
function throughTheFrontDoor({ moduleId }: TestSpecification): boolean {
  return !moduleId.includes("/src/");
}
