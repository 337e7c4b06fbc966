import { createElement, use } from "react";
import { persistently } from "./lazily";

type Controls = typeof import("./loaded-controls");

const load = persistently(() => import("./loaded-controls"));
let loaded: Controls | undefined;
let loading: Promise<Controls> | undefined;

/** Loads the controls in which values are chosen, before they are needed or when they are. */
export function loadControls(): Promise<Controls> {
  loading ??= load().then(
    (controls) => (loaded = controls),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** A control that is there at once when all of them are loaded; before that, what opens waits for them. */
function later<K extends keyof Controls>(name: K): Controls[K] {
  const Control = (props: object) => createElement((loaded ?? use(loadControls()))[name] as React.ComponentType<object>, props);
  return Control as unknown as Controls[K];
}

export const Checkbox = later("Checkbox");
export const DatePicker = later("DatePicker");
export const Drawer = later("Drawer");
export const InputNumber = later("InputNumber");
export const Mentions = later("Mentions");
export const Progress = later("Progress");
export const Select = later("Select");
export const Switch = later("Switch");
export const TreeSelect = later("TreeSelect");
