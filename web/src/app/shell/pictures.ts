const addresses = import.meta.glob<string>("../../../../docs/user-guide/images/*.png", { query: "?url", import: "default", eager: true });

/** The address of a picture of the user guide. */
export function pictureNamed(name: string): string | undefined {
  return addresses[`../../../../docs/user-guide/images/${name}`];
}
