import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { answer, client } from "../api/client";
import { ME, type Me } from "../api/me";
import { readPreference, useDevicePreference, writePreference } from "../api/preferences";
import { languages, nearestLanguage, speak, type Language } from "../i18n";

const NAME = "language";

/** The language that was chosen on this device, or else the one that the browser asks for. */
export function chosenLanguage(): Language {
  const chosen = readPreference<Language | null>("device", NAME, null);
  return chosen && chosen in languages ? chosen : nearestLanguage(navigator.languages[0]);
}

/** The language of the app and how to change it; the profile of whoever is signed in keeps it. */
export function useLanguage(): [Language, (language: Language) => void] {
  const queries = useQueryClient();
  const [language] = useDevicePreference<Language>(NAME, chosenLanguage());
  const change = useCallback(
    (next: Language) => {
      writePreference("device", NAME, next);
      void speak(next);
      if (!queries.getQueryData<Me | null>(ME)) return;
      // The screen speaks it already; that letters will too can wait for the next time.
      answer(client.PATCH("/v1/me", { body: { language: next } })).then(
        () => void queries.invalidateQueries({ queryKey: ME }),
        () => undefined,
      );
    },
    [queries],
  );
  return [language, change];
}

/** Speaks the language of a profile where nobody has chosen another on this device. */
export function followProfile(language: string | undefined) {
  if (!language || readPreference<Language | null>("device", NAME, null)) return;
  writePreference("device", NAME, nearestLanguage(language));
  void speak(nearestLanguage(language));
}
