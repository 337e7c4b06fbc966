import { readPreference } from "../api/storage";
import { languages, nearestLanguage, type Language } from "../i18n/languages";

export type Appearance = "system" | "light" | "dark";

/** The language that was chosen on this device, or else the one that the browser asks for. */
export function chosenLanguage(): Language {
  const chosen = readPreference<Language | null>("device", "language", null);
  return chosen && chosen in languages ? chosen : nearestLanguage(navigator.languages[0]);
}

/** The look that was chosen on this device. */
export function chosenAppearance(): Appearance {
  return readPreference<Appearance>("device", "appearance", "system");
}
