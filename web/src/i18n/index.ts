import type { Locale } from "antd/es/locale";
import dayjs from "dayjs";
import i18next from "i18next";
import { useSyncExternalStore } from "react";
import type en from "./en";
import { loaders, nearestLanguage, type Language } from "./languages";

export { languages, nearestLanguage, type Language } from "./languages";

type Loose<T> = { [K in keyof T]: T[K] extends string ? string : Loose<T[K]> };
type Paths<T, P extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Paths<T[K], `${P}${K}.`>;
}[keyof T & string];

/** What every language has to say. */
export type Texts = Loose<typeof en>;
/** The name of one text. */
export type Key = Paths<typeof en>;
/** Says a text with values in it. */
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

/** What Ant Design says of its own. */
let components: Locale | undefined;

/** Shows everything in a language from now on. */
export async function speak(language: Language) {
  if (!i18next.isInitialized) {
    await i18next.init({
      lng: language,
      resources: {},
      fallbackLng: false,
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  }
  const loaded = await loaders[language]();
  i18next.addResourceBundle(language, "translation", loaded.texts satisfies Texts);
  components = loaded.components;
  dayjs.locale(loaded.dates);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** The language in which the app speaks. */
export function currentLanguage(): Language {
  return nearestLanguage(i18next.language);
}

const translations = new Map<string, Translate>();

function translation(): Translate {
  const made = translations.get(i18next.language) ?? ((key, values) => i18next.t(key, values ?? {}));
  translations.set(i18next.language, made);
  return made;
}

function onLanguage(listener: () => void) {
  i18next.on("languageChanged", listener);
  return () => i18next.off("languageChanged", listener);
}

/** Says texts in the current language, and again when it changes. A list has hundreds of places that do. */
export function useT(): Translate {
  return useSyncExternalStore(onLanguage, translation);
}

/** Texts that Ant Design has of its own, in the current language. */
export function useComponentTexts(): Locale | undefined {
  return useSyncExternalStore(onLanguage, () => components);
}

/** A text whose name is known when the app runs only; `undefined` if there is none. */
export function textOf(key: string, values?: Record<string, string | number>): string | undefined {
  return i18next.exists(key) ? i18next.t(key, values ?? {}) : undefined;
}
