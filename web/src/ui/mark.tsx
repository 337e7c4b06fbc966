import type { ReactNode } from "react";
import "./mark.css";

export type Tone = "plain" | "blue" | "gold" | "green" | "orange" | "red";

/** A word that is to be seen at a glance; its colours can be read in both themes. */
export function Mark({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`mark mark-${tone}`}>{children}</span>;
}
