import { readPreference, writePreference } from "../../api/storage";
import { asProblem } from "../../api/problem";
import type { Collection } from "../../api/records";
import { writeView, type Kept } from "./saved";

interface DeviceView extends Kept {
  id: string;
}

const NONE: DeviceView[] = [];

const nameOf = (resource: string) => `views:${resource}`;

/** The views of a list that are on this device only. */
export const deviceViews = (owner: string, resource: string) => readPreference(owner, nameOf(resource), NONE);

/**
 * Hands the views that are on this device only to the API, each once. What cannot be handed over stays where it is.
 * Tells whether any was handed over.
 */
export async function takeOver(owner: string, resource: string, create: Collection["create"]): Promise<boolean> {
  let any = false;
  for (const { id, ...kept } of deviceViews(owner, resource)) {
    const values = { ...writeView(kept), resource };
    try {
      await create(values, id).catch((error: unknown) => {
        if (asProblem(error).reason !== "NAME_TAKEN") throw error;
        return create({ ...values, name: `${kept.name} (2)` }, `${id}-2`);
      });
    } catch (error) {
      if (asProblem(error).passes) break;
      continue;
    }
    any = true;
    writePreference(owner, nameOf(resource), deviceViews(owner, resource).filter((one) => one.id !== id));
  }
  return any;
}
