import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { answer, client } from "../api/client";
import { ME, type Me } from "../api/me";
import { useDevicePreference } from "../api/preferences";
import { readPreference, writePreference } from "../api/storage";
import { nearestLanguage, speak, type Language } from "../i18n";
import { chosenLanguage } from "./chosen";

const NAME = "language";

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
