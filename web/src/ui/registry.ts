import type { Resource } from "./resource";

const resources = new Map<string, Resource>();

/** Makes a kind of record known to references, search and history. */
export function register(resource: Resource) {
  resources.set(resource.name, resource);
}

/** The kind of record of a name, if the app knows it. */
export function resourceNamed(name: string | undefined): Resource | undefined {
  return resources.get(name ?? "");
}
