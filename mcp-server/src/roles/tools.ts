import type { Tool, ToolDescriptor, ToolHandler } from "../tools/tool.ts";

export type Handlers = Readonly<Record<string, ToolHandler<never>>>;

/** Descriptors with their handlers. @throws TypeError when one has none: a tool is listed if and only if it works. */
export function bind(descriptors: readonly ToolDescriptor[], handlers: Handlers): readonly Tool[] {
  return descriptors.map((descriptor) => {
    const handle = handlers[descriptor.name];
    if (handle === undefined) throw new TypeError(`no handler for the tool ${descriptor.name}`);
    return { descriptor, handle };
  });
}
